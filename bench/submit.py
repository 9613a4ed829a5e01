"""`make bench`: families who send a request, against people who send a bare Django form. On PostgreSQL, every commit on disk.

Both sites run side by side, each in one granian worker with four threads held to one core, and take turns; sixteen kept-alive
connections on the other core send the last POST of the way (proof of origin, rate limit, all answers judged again, earlier
request looked for, sealing, request, step, audit record, messages, draft deleted, one commit) and the one POST of
`bench/bare.py` (ten fields judged, one row, one commit). The page after the redirect belongs to neither.

`DURABLE=1 python tests/postgres.py python bench/submit.py` starts the PostgreSQL: with it commits wait for fsync.
"""

import itertools
import json
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.figures import Figure, rounds
from portal.server.__main__ import MEMORY
from tests.site import Process, free_port, made

ROUNDS, SECONDS, CONNECTIONS = rounds(9), 3, 16
FASTEST = 600  # requests a second that no round reaches: so many drafts lie ready
LEAST = 0.5  # of the bare form's requests a second
TOKEN = "a" * 32  # of CSRF
BARE = (
    "name=Pat+Sample&child=Kim+Sample&born=2018-04-23&email=p%40families.example.org&phone=212+555+0199&visit=new"
    "&mode=in-person&language=&doctor=Dr.+Sample&note=Her+knee+swells+in+the+morning."
)


class Load:
    """Sends what `made` makes of a number, over `CONNECTIONS` connections, for a while; counts the redirects."""

    def __init__(self, process: Process, port: int, made: Callable[[int], bytes]) -> None:
        self.process, self.port, self.made, self.numbers = process, port, made, itertools.count()
        self.wrong: list[str] = []
        self.rates: list[float] = []
        self.cpu: list[float] = []  # milliseconds of the server for each

    def round(self) -> None:
        """One measurement."""
        counts, before, start = [0] * CONNECTIONS, self._spent(), time.monotonic()
        threads = [threading.Thread(target=self._send, args=[counts, at, start + SECONDS]) for at in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.wrong:
            raise SystemExit(f"answered: {self.wrong[0]}")
        self.rates.append(sum(counts) / (time.monotonic() - start))
        self.cpu.append((self._spent() - before) * 1000 / sum(counts))

    def _send(self, counts: list[int], at: int, until: float) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            while time.monotonic() < until and not self.wrong:
                connection.sendall(self.made(next(self.numbers)))
                answer = connection.recv(65536)
                if not answer.startswith(b"HTTP/1.1 302") or b"/check/" in answer:
                    self.wrong.append(answer.decode(errors="replace")[:1000])
                counts[at] += 1

    def _spent(self) -> float:
        """Seconds of processor time of the server and its worker so far."""
        group, ticks = str(self.process.running.pid), 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            if fields[2] == group:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def post(path: str, body: str, cookies: str, number: int) -> bytes:
    """A browser's, from a home of its own."""
    home = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    body = f"csrfmiddlewaretoken={TOKEN}&{body}"
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken={TOKEN}; {cookies}\r\nX-Forwarded-For: {home}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def served(program: list[str], application: str, environment: dict[str, str], folder: Path) -> tuple[Process, int]:
    """A granian of one worker on the first core."""
    port = free_port()
    command = ["taskset", "-c", "0", *program, "--interface", "wsgi", "--http", "1"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-ws"]
    command += ["--log-level", "warning", application]

    def ready() -> None:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()

    process = Process(*command, environment=environment, log=folder / f"{port}.log", ready=ready)
    process.start()
    return process, port


def main(folder: Path) -> None:
    """Measures and prints; ends with a fault if ours is too slow."""
    site = made(folder, TRUSTED_PROXIES="1")
    site.python("bench/bare.py")
    drafts = str((ROUNDS + 1) * SECONDS * FASTEST)
    secrets = json.loads(site.python("-m", "tests.faults.inside", "drafts", drafts))
    environment = site.environment | MEMORY
    bare = served([str(Path(sys.executable).with_name("granian"))], "bench.bare:application", environment, folder)
    ours = served([sys.executable, "-m", "portal.server"], "portal.wsgi:application", environment, folder)
    loads = {
        "a bare form": Load(*bare, lambda n: post("/ask/", BARE, "", n)),
        "our request": Load(*ours, lambda n: post("/appointments/request/check/", "topic=", f"draft={secrets[n]}", n)),
    }
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{ours[1]}/").close()  # somebody reads first, as a family does
        for number in range(ROUNDS + 1):  # the first one warms
            for load in list(loads.values())[:: 1 if number % 2 else -1]:
                load.round()
    finally:
        bare[0].stop()
        ours[0].stop()
    rates = {}
    for name, load in loads.items():
        rates[name] = statistics.median(load.rates[1:])
        print(f"{name}: {rates[name]:.0f} a second, {statistics.median(load.cpu[1:]):.2f} ms of the server's processor each")
    ratios = [mine / its for mine, its in zip(loads["our request"].rates[1:], loads["a bare form"].rates[1:], strict=True)]
    ratio = rates["our request"] / rates["a bare form"]
    print(
        f"ratio of the medians {ratio:.2f}; of the rounds {min(ratios):.2f} to {max(ratios):.2f}; at least {LEAST} is wanted"
    )
    print(Figure(6, "sending a request : a bare Django form, a second", ratio, LEAST, least=True))
    if ratio < LEAST:
        sys.exit("Sending a request is too slow.")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        main(Path(scratch))
