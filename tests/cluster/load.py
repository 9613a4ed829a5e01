"""Reading load through nginx: many readers by wrk, who count what is no whole page."""

import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.front import HOST

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = 16


@dataclass(frozen=True)
class Figures:
    """Of one stretch of load; `failed` are connections, `status` is of the last `wrong` answer, `p50` and `p99` are milliseconds."""

    reads: int
    per_second: float
    failed: int
    wrong: int
    status: int
    p50: float
    p99: float


class Load:
    """Runs until it is ended. Each of the connections rests `pause` milliseconds between two reads."""

    def __init__(self, address: str, paths: list[str], pause: float) -> None:
        words = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", "3600s", "--timeout", "10s", "-s", SCRIPT, address, "--"]
        words += [HOST, f"{pause:.0f}", *paths]
        self.running = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)

    def end(self) -> Figures:
        self.running.send_signal(signal.SIGINT)
        printed = self.running.communicate(timeout=30)[0]
        found = re.search(r"figures( \d+){7}", printed)
        if not found:
            raise RuntimeError(f"wrk said:\n{printed}")
        reads, microseconds, failed, wrong, status, p50, p99 = map(int, found[0].split()[1:])
        return Figures(reads, reads / microseconds * 1e6, failed, wrong, status, p50 / 1000, p99 / 1000)


def run_for(seconds: float, address: str, paths: list[str], pause: float) -> Figures:
    load = Load(address, paths, pause)
    time.sleep(seconds)
    return load.end()


def half_load(address: str, paths: list[str]) -> float:
    """The pause at which the readers ask for about half of what is answered at most."""
    most = run_for(3, address, paths, 0).per_second
    return max(1, round(2 * CONNECTIONS / most * 1000))
