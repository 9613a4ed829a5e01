"""`make bench`: the CRMO page from memory, against a bare Django, against nginx with the same bytes in a file, and uncached.

One worker each, started as by `make run`, on the first core; wrk with 16 kept-alive connections on the second; all take
turns within each round, medians of the rounds. Half load is made by 48 connections that rest at random between two
requests, so long on average that half of the requests come that the worker answered at most in this very run.
Memory is the proportional set size of a worker while all of them run.
"""

import statistics
import sys
import tempfile
import time
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench import servers
from bench.figures import Figure, rounds
from tests.site import Process, Site, made

ROUNDS, SECONDS = rounds(7), 3
PAGE = "/conditions/crmo/"
BROTLI = "Accept-Encoding: br"
PAGES = 500
STATIC = "nginx, the same bytes in a file"
AT_HALF = 48  # connections
SETTLED = 8  # seconds after which a page that was asked for twice is packed as small as it goes
PACKED = 40  # the same for all of `PAGES`
SECURITY = ("Content-Security-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy", "Referrer-Policy")


def fetch(address: str, **headers: str) -> tuple[bytes, Message]:
    """The body as it was sent, and the headers."""
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Accept-Encoding": "br"} | headers)) as answer:
        return answer.read(), answer.headers


def turns(runs: dict[str, tuple[Any, ...]]) -> dict[str, list[servers.Load]]:
    """Each of `runs` (server, address, headers) in turn, every second round the other way round, after one round that warms."""
    loads: dict[str, list[servers.Load]] = {name: [] for name in runs}
    for number in range(ROUNDS + 1):
        for name, (server, address, *headers) in list(runs.items())[:: 1 if number % 2 else -1]:
            measured = servers.load(server, address, SECONDS if number else 1, *headers, lenient=name == "uncached")
            if number:
                loads[name].append(measured)
    return loads


def half_load(server: Process, address: str, capacity: float) -> list[servers.Load]:
    """Rounds in which about half of `capacity` is asked for. Ends with a sentence if the machine is too busy for that."""
    rest, loads = AT_HALF * 2000 / capacity, []
    for _try in range(10 * ROUNDS):
        measured = servers.load(server, address, SECONDS, BROTLI, connections=AT_HALF, resting=rest)
        if 0.4 < measured.rate / capacity < 0.6:
            loads.append(measured)
            if len(loads) == ROUNDS:
                return loads
        rest *= measured.rate / (capacity / 2)
    sys.exit("Half load cannot be held: something else is busy on this machine.")


def per_second(loads: dict[str, list[servers.Load]]) -> dict[str, float]:
    """Medians of requests a second."""
    return {name: statistics.median(load.rate for load in each) for name, each in loads.items()}


def table(body: bytes, loads: dict[str, list[servers.Load]]) -> None:
    """Prints the medians."""
    print(f"{len(body)} bytes of brotli; {ROUNDS} rounds of {SECONDS} s")
    print(f"{'':34}{'per second':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs each':>13}")
    for name, each in loads.items():
        medians = [statistics.median(getattr(load, field) for load in each) for field in ("rate", "p50", "p99", "cpu")]
        print("{:34}{:11,.0f}{:9.3f}{:9.3f}{:13,.1f}".format(name, *medians))


def speed(site: Site, folder: Path) -> None:
    """Prints requests a second, and what must show of them."""
    address, ours = servers.variant(site)
    bare, hello = servers.hello(site)
    tuned, scheduled = servers.hello(site, "chrt", "--batch", "0")  # as portal/wsgi.py does for itself
    slow, uncached = servers.variant(site, PAGE_CACHE_MB="0")
    with servers.running(ours, hello, scheduled, uncached):
        body, headers = settled(address + PAGE)
        file, nginx = servers.static(folder, body, headers)
        with servers.running(nginx):
            runs = {
                STATIC: (nginx, file, BROTLI),
                "cached": (ours, address + PAGE, BROTLI),
                "cached, known to the browser": (ours, address + PAGE, BROTLI, f"If-None-Match: {headers['ETag']}"),
                "bare Django": (hello, bare + "/"),
                "bare Django, scheduled as ours": (scheduled, tuned + "/"),
                "uncached": (uncached, slow + PAGE, BROTLI),
            }
            loads = turns(runs)
        rates = per_second(loads)
        half = half_load(ours, address + PAGE, rates["cached"])
    table(body, loads | {"cached, at half load": half})
    cached, spread = rates["cached"], statistics.median(load.p99 / load.p50 for load in half)
    for name in ("bare Django", "bare Django, scheduled as ours"):
        print(Figure(1, f"cached page : {name}, requests a second", cached / rates[name], 6, least=True))
    print(Figure(1, "cached page : the same bytes by nginx", cached / rates[STATIC], 0.33, least=True))
    print(Figure(1, "cached page : uncached", cached / rates["uncached"], 150, least=True))
    print(Figure(1, "304 : 200", rates["cached, known to the browser"] / cached, 1, least=True))
    print(Figure(1, "cached page at half load, p99 : p50", spread, 3))


def settled(address: str, **asked: str) -> tuple[bytes, Message]:
    """The page as readers get it. Ends with a sentence if it is not the one that is to be measured."""
    for _second in range(SETTLED):
        fetch(address, **asked)
        time.sleep(1)
    body, headers = fetch(address, **asked)
    missing = [name for name in (*SECURITY, "ETag") if name not in headers]
    if missing or headers.get("Content-Encoding") != "br":
        sys.exit(f"The page is not as it should be: no {', '.join(missing) or 'brotli'}.")
    return body, headers


def space(site: Site) -> None:
    """Prints what a worker holds, and what must show of it."""
    paths = site.python("bench/copies.py", str(PAGES)).split()
    address, ours = servers.variant(site)
    _other, empty = servers.variant(site)
    _bare, hello = servers.hello(site)
    _plain, started = servers.started(site)
    with servers.running(ours, empty, hello, started):
        for _twice in range(2):
            sizes = [len(fetch(address + path)[0]) for path in paths]
        time.sleep(PACKED)
        measured = [servers.memory(server) for server in (hello, started, empty, ours)]
    names = (
        "bare Django, no application",
        "startproject, its sign-in page",
        "ours, nothing cached",
        f"ours, {PAGES} pages cached",
    )
    print(f"{'MB':34}{'worker':>11}{'its starter':>14}")
    for name, sizes_of in zip(names, measured, strict=True):
        print("{:34}{:11.1f}{:14.1f}".format(name, *sizes_of))
    print(f"The pages: {sum(sizes) / 1e6:.1f} MB of brotli.")
    bare, plain, unfilled, filled = (worker for worker, _starter in measured)
    print(Figure(9, f"memory of a worker with {PAGES} cached pages : with none", filled / unfilled, 1.6))
    print(Figure(9, f"memory of a worker with {PAGES} cached pages : startproject, its sign-in page", filled / plain, 1.6))
    print(Figure(9, f"memory of a worker with {PAGES} cached pages : bare Django, no application", filled / bare, 1.6))


if __name__ == "__main__":
    servers.tools()
    with tempfile.TemporaryDirectory() as scratch:
        site = made(Path(scratch))
        speed(site, Path(scratch))
        space(site)
