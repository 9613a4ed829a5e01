"""What a long request costs the processor: `python -m bench.addresses`, or with words that stand in the names of some.

A served site on SQLite is asked with GETs of 7 KB, straight, and of 60 KB through nginx as in `deploy/nginx`, each another address. Beside
it the same page, asked shortly. Milliseconds are processor time of the worker, all its threads, and of nginx: quote how much more the long
one takes; `!` stands where that is over 5 ms. Then the worker's memory over `MANY` addresses.
"""

import http.client
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.cluster.front import HOST, Front
from tests.cluster.world import settings
from tests.site import made

STRAIGHT, THROUGH_NGINX, WITHIN = 7_000, 60_000, 4_000  # bytes; the last is the most that is read of a query
MOST_MORE, TIMES, MANY = 5.0, 5, 100_000
PARTS = [
    "a",
    ".",
    "/",
    "a@b.c",
    "212-55-",
    "%2e",
    "%ff",
    "%E6%9C%AC",
    "/appointments/r/",
    "Zm9vYmFyYmF6cXV4-",
    "&a=b",
    "pain+knee+",
]
PATHS = ["/", "/conditions/", "/appointments/r/", "/media/", "/static/", "/admin/", "/accounts/one-time/"]
QUERIES = ["/conditions/crmo/?x=", "/search/?q=", "/appointments/?condition=", "/infobutton?mainSearchCriteria.v.dn="]
QUERIES += ["/infobutton?mainSearchCriteria.v.c=", "/accounts/login/?next=", "/metrics?a=", "/nothing-here/?a="]
PAGES = [
    "/conditions/crmo/",
    "/search/?q=pain",
    "/appointments/",
    "/accounts/login/",
    "/appointments/r/xyz/",
    "/static/none.css",
    "/infobutton",
]
HEADERS = [
    "Cookie",
    "Accept-Language",
    "Accept-Encoding",
    "User-Agent",
    "Referer",
    "If-None-Match",
    "Range",
    "Host",
    "X-Forwarded-For",
]
LISTS = ["a", "a=b; ", "a;q=0.1,", '"a", ']
numbers = count()
Question = tuple[str, dict[str, str]]


def long(part: str, size: int) -> str:
    """Of that size, and never the same."""
    end = f"{next(numbers):08}"
    return (part * size)[: size - len(end)] + end


def questions(size: int) -> Iterator[tuple[str, str, Callable[[], Question]]]:
    """Of each its name, the short address, and what makes the long request."""
    for place in PATHS:
        for part in PARTS:
            yield f"{place} {part}", place, partial(lambda place, part: (f"{place}{long(part, size)}/", {}), place, part)
    for place in QUERIES:
        for part in PARTS:
            for length in (size, WITHIN):
                yield (
                    f"{place} {length} {part}",
                    f"{place}x",
                    partial(lambda *own: (own[0] + long(*own[1:]), {}), place, part, length),
                )
    for page in PAGES:
        for header in HEADERS:
            for part in LISTS:
                yield (
                    f"{page} {header} {part}",
                    page,
                    partial(lambda *own: (own[0], {own[1]: long(own[2], size)}), page, header, part),
                )


def spent(processes: list[int]) -> float:
    """Milliseconds of processor time of all their threads, until now."""
    tasks = [task for process in processes for task in Path(f"/proc/{process}/task").iterdir()]
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks) / 1e6


def children(process: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()]


def ask(port: int, path: str, headers: dict[str, str]) -> int:
    """The status; 0 where it hung up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", path, headers={"Host": HOST, "X-Forwarded-Proto": "https"} | headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status
    return 0


def cost(processes: list[int], port: int, make: Callable[[], Question]) -> tuple[float, int]:
    """Milliseconds of one request, the mean of `TIMES` after one that warms, and what was answered."""
    status, began = ask(port, *make()), spent(processes)
    for _time in range(TIMES):
        ask(port, *make())
    return (spent(processes) - began) / TIMES, status


def table(ways: list[tuple[list[int], int, int]], wanted: list[str]) -> int:
    """Prints it; how many cost too much."""
    above = 0
    for processes, port, size in ways:
        for name, address, make in questions(size):
            if not wanted or any(word in name for word in wanted):
                short, _status = cost(processes, port, lambda address=address: (address, {}))
                long_one, status = cost(processes, port, make)
                grows = long_one > short + MOST_MORE
                above += grows
                print(f"{size:6} {name[:60]:60}{short:8.2f}{long_one:8.2f}{status:5}{' !' if grows else ''}", flush=True)
    return above


def memory(process: int) -> float:
    """Of this process, in MB; what is shared is divided among those who share it."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def remembered(port: int, worker: int) -> None:
    """A third each: pages that are not there, queries of a page that is, private links that lead nowhere."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for number in range(MANY + 1):
        if number % (MANY // 10) == 0:
            print(f"memory of the worker after {number:6} addresses: {memory(worker):.0f} MB", flush=True)
        place = ("/conditions/none-{}/", "/conditions/crmo/?page={}", "/appointments/r/{}/")[number % 3]
        connection.request("GET", place.format(number), headers={"Host": HOST, "X-Forwarded-Proto": "https"})
        connection.getresponse().read()


def main(folder: Path, wanted: list[str]) -> int:
    site = made(folder, **settings(8) | {"ALLOWED_HOSTS": f"{HOST},127.0.0.1"})
    front = Front(folder / "front", [site.address.removeprefix("http://")] * 2, folder / "static")
    web, proxy = site.web(), front.process()
    try:
        web.start()
        proxy.start()
        worker, port = children(web.running.pid), int(site.address.rpartition(":")[2])
        ways = [(worker, port, STRAIGHT), (worker + children(proxy.running.pid), front.plain, THROUGH_NGINX)]
        above = table(ways, wanted)
        if not wanted:
            remembered(port, worker[0])
    finally:
        for process in (proxy, web):
            if process.running:
                process.stop()
    return above


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="portal-addresses-") as scratch:
        Path(scratch).chmod(0o755)
        sys.exit(main(Path(scratch), sys.argv[1:]))
