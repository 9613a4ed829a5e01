"""A whole site in a directory of its own: migrated, filled with the sample, collected, served by granian.

For browser tests, measurements and the pictures in `docs/`.
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Site:
    """A running site: where it answers, and how to run its commands."""

    address: str
    environment: dict[str, str]

    def manage(self, *words: str) -> str:
        """What `manage.py words` prints."""
        return _run([sys.executable, "manage.py", *words], self.environment)

    def sign_in_link(self) -> str:
        """A one-time staff sign-in."""
        printed = self.manage("one_time_sign_in", "--address", self.address)
        return re.search(r"http\S+", printed)[0]


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Serves on a free port of the loopback until the block ends; everything it writes stays in `folder`."""
    port = _free_port()
    environment = os.environ | {"VAR_DIR": str(folder), "LOG_LEVEL": "WARNING", "DEBUG": "False"}
    environment["DATABASE_URL"] = _own_database(environment.get("DATABASE_URL", ""))
    made = Site(f"http://127.0.0.1:{port}", environment)
    made.manage("migrate", "--verbosity", "0")
    made.manage("load_demo")
    _run([sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"], environment | {"COLLECTING": "1"})
    command = [Path(sys.executable).with_name("granian"), "--interface", "wsgi", "--http", "1", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen([*command, "portal.wsgi:application"], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait(made.address)
            yield made
        finally:
            server.terminate()
            server.wait(timeout=10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _own_database(url: str) -> str:
    """On PostgreSQL a database of its own in the same server; on SQLite the default one in its directory."""
    if not url:
        return ""
    import psycopg
    from environ import Env

    given = Env.db_url_config(url)
    host = given["HOST"].replace("%2F", "/").replace("%2f", "/")
    name = f"site_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(host=host, user=given["USER"], dbname=given["NAME"], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.rpartition("/")[0] + f"/{name}"


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def _wait(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=1)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the site did not start")
