"""`make bench`: the CRMO page behind the sample nginx of `deploy/`, against nginx with the same bytes in a file.

nginx with `deploy/nginx/portal.conf` as it is shipped (over plain HTTP, kept pages in memory), before one worker: all of
them on the first core, wrk with 16 connections on the second, in turn.
"""

import socket
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench import servers
from bench.figures import Figure
from bench.serving import BROTLI, PAGE, STATIC, per_second, settled, table, turns
from tests.cluster.front import HOST, Front
from tests.cluster.world import settings
from tests.site import made

PROXIED = "nginx before the site"


def main(folder: Path) -> None:
    """Prints requests a second, and what must show of them."""
    site = made(folder, **settings(64))
    node, ours = servers.variant(site)
    host, _colon, port = node.removeprefix("http://").partition(":")
    ours.ready = lambda: socket.create_connection((host, int(port)), timeout=1).close()
    front = Front(folder / "front", [f"{host}:{port}"] * 2, folder / "static")
    proxy = front.process("taskset", "-c", "0")
    page = f"http://127.0.0.1:{front.plain}{PAGE}"
    with servers.running(ours, proxy):
        body, headers = settled(page, Host=HOST)
        file, nginx = servers.static(folder, body, headers)
        with servers.running(nginx):
            loads = turns({STATIC: (nginx, file, BROTLI), PROXIED: (proxy, page, BROTLI, f"Host: {HOST}")})
    table(body, loads)
    rates = per_second(loads)
    print(Figure(2, "behind the sample nginx : the same bytes by nginx", rates[PROXIED] / rates[STATIC], 0.7, least=True))


if __name__ == "__main__":
    servers.tools()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.exists() else None) as scratch:
        Path(scratch).chmod(0o755)
        main(Path(scratch))
