"""A whole site in a directory of its own: migrated, filled with the sample, collected, served by granian.

For browser tests, measurements and the pictures in `docs/`.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests import kept
from tests.postgres import binaries

DUMP = "sample.dump"
OF_17 = ("SET transaction_timeout = 0;\n", "")  # newer tools write it for every server; an older one stops at it
ROOT = Path(__file__).resolve().parent.parent


# The import leaves SQLite to others for as long as it wrote; nobody else is there yet.
ALONE = """
from portal.transfer import turns
from django.core.management import call_command
turns.LONGEST_REST = 0
call_command("load_demo")
"""
TABLES = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""


class Process:
    """A process that can end, be killed with -9 and start again. Its children go with it, unless they outlive `alone`."""

    def __init__(self, *command, environment=None, log, ready=lambda: None, user=None, alone=False):
        self.command, self.environment, self.log = [str(word) for word in command], environment, log
        self.folder = "/" if user else ROOT  # whose software it runs
        self.ready, self.user, self.alone, self.running = ready, user, alone, None

    def start(self) -> None:
        """Returns when it answers; tries anew while it ends at once, as PostgreSQL does until its old memory is free."""
        for _try in range(100):
            with self.log.open("a") as log:
                self.running = subprocess.Popen(
                    self.command,
                    cwd=self.folder,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    user=self.user,
                    start_new_session=True,
                )
            if self._answers():
                return
            self.kill()
            time.sleep(0.1)
        raise RuntimeError(f"{self.command[0]} did not start:\n{self.log.read_text()[-2000:]}")

    def _answers(self) -> bool:
        for _look in range(200):
            if self.running.poll() is not None:
                return False
            try:
                self.ready()
            except (OSError, RuntimeError):
                time.sleep(0.1)
            else:
                return True
        return False

    def kill(self) -> None:
        """With -9: nothing is finished, said or tidied up."""
        if self.running.poll() is None:
            (os.kill if self.alone else os.killpg)(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def stop(self) -> None:
        """Ends it, as the system does when it shuts down."""
        self.running.terminate()
        try:
            self.running.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass(frozen=True)
class Site:
    """A running site: where it answers, and how to run its commands."""

    address: str
    environment: dict[str, str]
    folder: Path

    def python(self, *words: str) -> str:
        """What `python words` prints in the site's environment."""
        return _run([sys.executable, *words], self.environment)

    def manage(self, *words: str) -> str:
        """What `manage.py words` prints."""
        return self.python("manage.py", *words)

    def web(self, application: str = "portal.wsgi:application") -> Process:
        """Its web server."""
        log = self.folder / "server.log"
        return Process(
            *serve(self.address, application=application),
            environment=self.environment,
            log=log,
            ready=lambda: _ask(self.address),
        )

    def deliverer(self) -> Process:
        """What sends its messages."""
        log = self.folder / "deliver.log"
        return Process(sys.executable, "manage.py", "deliver", environment=self.environment, log=log)

    def sign_in_link(self, user: str = "admin") -> str:
        """A one-time sign-in of a staff member; `admin` and the sample people of each role are made where they are missing."""
        known = [] if user == "admin" else ["--user", user]
        printed = self.manage("one_time_sign_in", "--address", self.address, *known)
        return re.search(r"http\S+", printed)[0]


def made(folder: Path, *, collected: bool = True, sample: bool = True, **more: str) -> Site:
    """A site that is not served yet; everything it writes stays in `folder`, `more` goes into its environment."""
    environment = _environment(folder) | more
    if "DATABASE_URL" not in more:
        environment["DATABASE_URL"] = own_database(environment.get("DATABASE_URL", ""))
    with ThreadPoolExecutor() as both:  # each waits for a process of its own
        filled = both.submit(_put_content, folder, environment, sample=sample)
        if collected:
            kept.copy("collected", _collect, folder, part="static")
        filled.result()
    return Site(f"http://127.0.0.1:{free_port()}", environment, folder)


def _put_content(folder: Path, environment: dict[str, str], *, sample: bool) -> None:
    url = environment["DATABASE_URL"]
    if not url:
        kept.copy(*("sample", _fill_sample) if sample else ("migrated", fill_tables), folder)
    elif sample:
        kept.copy("sample-sql", partial(_dump_sample, url=url), folder)
        _run([_tool("psql"), "--quiet", "--set=ON_ERROR_STOP=1", f"--file={folder / DUMP}", url], environment)
    else:
        _run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {"VAR_DIR": str(folder), "LOG_LEVEL": "WARNING", "DEBUG": "False"}


def _tool(name: str) -> str:
    """Beside the server; of `make postgres-versions`, whose servers have none, on the path."""
    own = binaries() / name
    return str(own) if own.exists() else name


def fill_tables(folder: Path) -> None:
    """A SQLite database with its tables, and the keys that it was made with."""
    _run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], _environment(folder))


def _fill_sample(folder: Path) -> None:
    kept.copy("migrated", fill_tables, folder)
    _run([sys.executable, "manage.py", "shell", "-v0", "-c", ALONE], _environment(folder))


def _dump_sample(folder: Path, *, url: str) -> None:
    """The same from a database of its own, in the server of this run if there is one; it goes into a file."""
    url = own_database(os.environ.get("DATABASE_URL") or url, copies=kept.original())
    environment = _environment(folder) | {"DATABASE_URL": url}
    _run([sys.executable, "manage.py", "shell", "-v0", "-c", TABLES + ALONE], environment)
    told = _run([_tool("pg_dump"), environment["DATABASE_URL"]], environment)
    (folder / DUMP).write_text(told.replace(*OF_17), encoding="utf-8")


def _collect(folder: Path) -> None:
    words = ["collectstatic", "--noinput", "--verbosity", "0"]
    _run([sys.executable, "manage.py", *words], _environment(folder) | {"COLLECTING": "1"})


@contextmanager
def site(folder: Path, **more: str) -> Iterator[Site]:
    """Serves on a free port of the loopback until the block ends."""
    with serving(made(folder, **more)) as running:
        yield running


@contextmanager
def serving(running: Site) -> Iterator[Site]:
    """The same for a site that was made."""
    web = running.web()
    web.start()
    try:
        yield running
    finally:
        web.stop()


def serve(address: str, *more: str, application: str = "portal.wsgi:application") -> list[str]:
    """The command that serves the site at a loopback address, as `make run` does."""
    command = [sys.executable, "-m", "portal.server", "--interface", "wsgi", "--http", "1"]
    command += ["--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--workers", "1", "--blocking-threads", "4"]
    return [*command, "--no-ws", "--log-level", "warning", *more, application]


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Held together, so that no two are the same."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _number in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def own_database(url: str, *, copies: str = "template1") -> str:
    """On PostgreSQL a database of its own in the same server, which `copies` another if that is there; on SQLite the default one in its directory."""
    if not url:
        return ""
    import psycopg
    from environ import Env

    given = Env.db_url_config(url)
    host = given["HOST"].replace("%2F", "/").replace("%2f", "/")
    name = f"site_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(host=host, user=given["USER"], dbname=given["NAME"], autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [copies]).fetchone()
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {copies if there else 'template1'}")
    return url.rpartition("/")[0] + f"/{name}"


def _run(command: list[object], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def _ask(address: str) -> None:
    """Raises OSError while nobody answers."""
    urllib.request.urlopen(f"{address}/healthz", timeout=1).close()
