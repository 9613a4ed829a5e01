"""`make bench`: the CRMO page from memory, against a bare Django, against nginx with the same bytes in a file, and uncached.

One worker each, started as by `make run`, on the first core; wrk with 16 kept-alive connections on the second; all take
turns within each round, medians of the rounds. Half load is made by 48 connections that rest at random between two
requests, so long on average that half of the requests come that the worker answered at most in this very run.
Memory is the proportional set size of a worker while all of them run.
"""

import statistics
import sys
import tempfile
import urllib.request
from email.message import Message
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench import servers
from bench.figures import Figure, rounds
from tests.site import Site, made

ROUNDS, SECONDS = rounds(7), 3
PAGE = "/conditions/crmo/"
BROTLI = "Accept-Encoding: br"
PAGES = 500
AT_HALF = 48  # connections
SECURITY = ("Content-Security-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy", "Referrer-Policy")


def fetch(address: str) -> tuple[bytes, Message]:
    """The body as it was sent, and the headers."""
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Accept-Encoding": "br"})) as answer:
        return answer.read(), answer.headers


def turns(runs: dict[str, tuple[str, ...]]) -> dict[str, list[servers.Load]]:
    """Each of `runs` (address, headers) in turn, every second round the other way round, after one round that warms."""
    loads: dict[str, list[servers.Load]] = {name: [] for name in runs}
    for number in range(ROUNDS + 1):
        for name, (address, *headers) in list(runs.items())[:: 1 if number % 2 else -1]:
            measured = servers.load(address, SECONDS if number else 1, *headers, lenient=name == "uncached")
            if number:
                loads[name].append(measured)
    return loads


def half_load(address: str, capacity: float) -> list[servers.Load]:
    """Rounds in which about half of `capacity` is asked for."""
    rest, loads = AT_HALF * 2000 / capacity, []
    while len(loads) < ROUNDS:
        measured = servers.load(address, SECONDS, BROTLI, connections=AT_HALF, resting=rest)
        if 0.4 < measured.rate / capacity < 0.6:
            loads.append(measured)
        rest *= measured.rate / (capacity / 2)
    return loads


def speed(site: Site, folder: Path) -> None:
    """Prints requests a second, and what must show of them."""
    address, ours = servers.variant(site)
    bare, hello = servers.hello(site)
    slow, uncached = servers.variant(site, PAGE_CACHE_MB="0")
    with servers.running(ours, hello, uncached):
        body, headers = fetch(address + PAGE)
        check(headers)
        file, nginx = servers.static(folder, body)
        with servers.running(nginx):
            runs = {
                "nginx, the same bytes in a file": (file, BROTLI),
                "cached": (address + PAGE, BROTLI),
                "cached, known to the browser": (address + PAGE, BROTLI, f"If-None-Match: {headers['ETag']}"),
                "bare Django": (bare + "/",),
                "uncached": (slow + PAGE, BROTLI),
            }
            loads = turns(runs)
        rates = {name: statistics.median(load.rate for load in each) for name, each in loads.items()}
        half = half_load(address + PAGE, rates["cached"])
    print(f"{len(body)} bytes of brotli; {ROUNDS} rounds of {SECONDS} s\n{'':34}{'per second':>11}{'p50 ms':>9}{'p99 ms':>9}")
    for name, each in (loads | {"cached, at half load": half}).items():
        medians = [statistics.median(getattr(load, field) for load in each) for field in ("rate", "p50", "p99")]
        print("{:34}{:11,.0f}{:9.3f}{:9.3f}".format(name, *medians))
    cached, spread = rates["cached"], statistics.median(load.p99 / load.p50 for load in half)
    print(Figure(1, "cached page : bare Django, requests a second", cached / rates["bare Django"], 6, least=True))
    print(
        Figure(1, "cached page : the same bytes by nginx", cached / rates["nginx, the same bytes in a file"], 0.33, least=True)
    )
    print(Figure(1, "cached page : uncached", cached / rates["uncached"], 150, least=True))
    print(Figure(1, "304 : 200", rates["cached, known to the browser"] / cached, 1, least=True))
    print(Figure(1, "cached page at half load, p99 : p50", spread, 3))


def check(headers: Message) -> None:
    """Ends with a sentence if the page is not the one that is to be measured."""
    missing = [name for name in (*SECURITY, "ETag") if name not in headers]
    if missing or headers.get("Content-Encoding") != "br":
        sys.exit(f"The page is not as it should be: no {', '.join(missing) or 'brotli'}.")


def space(site: Site) -> None:
    """Prints what a worker holds, and what must show of it."""
    paths = site.python("bench/copies.py", str(PAGES)).split()
    address, ours = servers.variant(site)
    _other, empty = servers.variant(site)
    _bare, hello = servers.hello(site)
    with servers.running(ours, empty, hello):
        sizes = [len(fetch(address + path)[0]) for path in paths]
        filled, bare = servers.memory(ours), servers.memory(hello)
        print(f"{'worker':34}{'MB':>11}")
        print(f"{'bare Django, no application':34}{bare:11.1f}\n{'ours, nothing cached':34}{servers.memory(empty):11.1f}")
        print(f"{f'ours, {PAGES} pages cached':34}{filled:11.1f}   ({sum(sizes) / 1e6:.1f} MB of brotli)")
    print(Figure(9, f"worker with {PAGES} cached pages : bare Django, memory", filled / bare, 1.6))


if __name__ == "__main__":
    servers.tools()
    with tempfile.TemporaryDirectory() as scratch:
        site = made(Path(scratch))
        speed(site, Path(scratch))
        space(site)
