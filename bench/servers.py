"""The servers that `bench/serving.py` measures, each held to the first core, and wrk on the second."""

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from portal.server.__main__ import MEMORY
from tests.site import Process, Site, free_port

CONNECTIONS = 16
NGINX = """{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; keepalive_requests 1000000000; open_file_cache max=16;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port};
    location = /page {{ alias {folder}/page.br; default_type "text/html; charset=utf-8"; etag off; {headers} }}
  }}
}}
"""


@dataclass(frozen=True)
class Load:
    """What one run of wrk measured.

    Requests a second, milliseconds within which half and 99 of 100 were answered, and microseconds of processor time that
    the server spent on each.
    """

    rate: float
    p50: float
    p99: float
    cpu: float


def tools() -> None:
    """Ends with a sentence if something that is measured with is not there."""
    if os.cpu_count() == 1:
        sys.exit("Two cores are needed: one for the server, one for the load.")
    for command, package in (("wrk", "wrk"), ("nginx", "nginx"), ("taskset", "util-linux")):
        if not shutil.which(command):
            sys.exit(f"{command} is not installed: apt-get install --no-install-recommends {package}")


def load(
    server: Process,
    address: str,
    seconds: float,
    *headers: str,
    connections: int = CONNECTIONS,
    resting: float = 0,
    lenient: bool = False,
) -> Load:
    """Asks as fast as it goes, each connection `resting` milliseconds on average between two requests.

    Ends with a sentence if an answer failed; a `lenient` run may meet answers that take too long, as an overloaded server's.
    """
    command = [
        "taskset",
        "-c",
        "1",
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-s",
        Path(__file__).with_name("wrk.lua"),
    ]
    command += [word for header in headers for word in ("-H", header)] + [address, "--", str(resting)]
    before = spent(server)
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout
    cpu = spent(server) - before
    found = re.search(r"requests (\d+) microseconds (\d+) p50 (\d+) p99 (\d+) failed (\d+)", done)
    requests, taken, p50, p99, failed = map(int, found.groups())
    if failed and not lenient:
        sys.exit(f"{failed} of {requests} answers of {address} failed.")
    return Load(requests * 1e6 / taken, p50 / 1000, p99 / 1000, cpu * 1e6 / max(requests, 1))


def pinned(process: Process) -> Process:
    """The same, on the first core."""
    process.command = ["taskset", "-c", "0", *process.command]
    return process


def bare(process: Process, application: str) -> list[str]:
    """The command of a site's server, with another application and by granian as it is: nothing is loaded for the workers in advance."""
    words = process.command[process.command.index("portal.server") + 1 : -1]
    return [str(Path(sys.executable).with_name("granian")), *words, application]


def hello(site: Site, *before: str) -> tuple[str, Process]:
    """`bench/hello.py`, served by granian with the site's options, by a command with these words `before` it. Its address and its process."""
    port = free_port()
    own = Site(f"http://127.0.0.1:{port}", site.environment | MEMORY, site.folder)
    process = own.web()
    process.command = [*before, *bare(process, "bench.hello:application")]
    process.ready = lambda: urllib.request.urlopen(own.address, timeout=1).close()
    return own.address, pinned(process)


def started(site: Site) -> tuple[str, Process]:
    """What `startproject` gives, as it is (admin, sessions, SQLite), served like `hello`; ready once its admin's sign-in page came."""
    folder, port = site.folder / "startproject", free_port()
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "django", "startproject", "started", folder], check=True)
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=folder, check=True)
    own = Site(f"http://127.0.0.1:{port}", site.environment | MEMORY | {"PYTHONPATH": str(folder)}, site.folder)
    process = own.web()
    process.command = bare(process, "started.wsgi:application")
    process.ready = lambda: urllib.request.urlopen(f"{own.address}/admin/login/", timeout=1).close()
    return own.address, pinned(process)


def variant(site: Site, application: str = "portal.wsgi:application", **more: str) -> tuple[str, Process]:
    """Another worker on the same database, with `more` in its environment."""
    own = Site(f"http://127.0.0.1:{free_port()}", site.environment | more, site.folder)
    return own.address, pinned(own.web(application))


def static(folder: Path, compressed: bytes, headers: Message) -> tuple[str, Process]:
    """nginx, with one file: these bytes, sent with the same headers."""
    port = free_port()
    (folder / "page.br").write_bytes(compressed)
    user = "user root; " if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    own = {"content-type", "content-length", "date", "server", "connection", "last-modified"}  # those nginx sends by itself
    added = [(name, value.replace('"', '\\"')) for name, value in headers.items() if name.lower() not in own]
    lines = " ".join(f'add_header {name} "{value}";' for name, value in added)
    config.write_text(NGINX.format(folder=folder, port=port, user=user, headers=lines))
    address = f"http://127.0.0.1:{port}/page"
    process = Process(
        "nginx", "-c", config, log=folder / "static.log", ready=lambda: urllib.request.urlopen(address, timeout=1).close()
    )
    return address, pinned(process)


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """They serve until the block ends."""
    with ExitStack() as stack:
        for process in processes:
            process.start()
            stack.callback(process.stop)
        yield


def read(process: Process, name: str) -> dict[int, str]:
    """That file of /proc of a server and of each of its workers, by the number of the process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getpgid(int(folder.name)) == process.running.pid:
                found[int(folder.name)] = (folder / name).read_text()
    return found


def spent(process: Process) -> float:
    """Seconds of processor time so far."""
    fields = [text.rpartition(") ")[2].split() for text in read(process, "stat").values()]
    return sum(int(user) + int(system) for user, system in (each[11:13] for each in fields)) / os.sysconf("SC_CLK_TCK")


def memory(process: Process) -> tuple[float, float]:
    """Proportional set size in MB: of the worker, and of the process that started it."""
    rollups = read(process, "smaps_rollup")
    sizes = {pid: int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) / 1024 for pid, text in rollups.items()}
    starter = sizes.pop(process.running.pid)
    return max(sizes.values()), starter
