"""What one long request costs the processor: `python -m bench.addresses`, or with a word in the names of some.

A served site on SQLite is asked with GETs of 7 KB, a worker straight and with 60 KB through nginx as in `deploy/nginx`; each is another address. Milliseconds are processor
time of the worker, all its threads, and of nginx; beside it the same page asked shortly. Last, the memory of the worker over 100,000 addresses.
"""

import http.client
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.cluster.front import HOST, Front
from tests.cluster.world import settings
from tests.site import Site, made, serving

LONG, LONGER, MOST, TIMES, MANY = 7_000, 60_000, 5.0, 8, 100_000
PARTS = {
    "letters": "a",
    "dots": ".",
    "slashes": "/",
    "addresses": "a@b.c",
    "digits": "212 55 ".replace(" ", "-"),
    "escapes": "%2e",
    "bytes that are no text": "%ff",
    "Chinese": "%E6%9C%AC",
    "private links": "/appointments/r/",
    "a secret's letters": "Zm9vYmFyYmF6cXV4-",
    "parameters": "&a=b",
    "words": "pain+knee+",
}
PATHS = ["/", "/conditions/", "/appointments/r/", "/es/search/", "/media/", "/static/", "/admin/", "/accounts/one-time/", "/news/feed/"]
QUERIES = ["/?q=", "/conditions/?q=", "/conditions/crmo/?x=", "/search/?q=", "/es/search/?q=", "/appointments/?condition=", "/stories/?page="]
QUERIES += ["/infobutton?mainSearchCriteria.v.dn=", "/infobutton?mainSearchCriteria.v.c=", "/accounts/login/?next=", "/metrics?a=", "/nothing-here/?a="]
PAGES = ["/", "/conditions/crmo/", "/search/?q=pain", "/appointments/", "/accounts/login/", "/admin/", "/appointments/r/xyz/", "/nothing-here/", "/static/none.css", "/media/none.webp", "/infobutton"]
COOKIES = {"sessionid": "sessionid={}", "csrftoken": "csrftoken={}", "draft": "draft={}", "many": None}
HEADERS = ["Accept-Language", "Accept-Encoding", "Accept", "User-Agent", "Referer", "If-None-Match", "If-Modified-Since", "Range", "Host", "Authorization", "X-Forwarded-For", "Origin", "many"]
numbers = count()


def long(part: str, size: int) -> str:
    """Of that size, and never the same."""
    end = f"{next(numbers):08}"
    return (part * size)[: size - len(end)] + end


def questions(size: int) -> Iterator[tuple[str, str, object]]:
    """By name: the short address, and what makes the long request: path and headers."""
    for place in PATHS:
        for name, part in PARTS.items():
            yield f"{place} … {name}", place, lambda place=place, part=part: (f"{place}{long(part, size)}/", {})
    for place in QUERIES:
        for name, part in PARTS.items():
            yield f"{place} … {name}", f"{place}x", lambda place=place, part=part: (f"{place}{long(part, size)}", {})
        yield f"{place} … within the limit", f"{place}x", lambda place=place: (f"{place}{long('pain+knee+', min(size, 4_000))}", {})
    for page in PAGES:
        for name, form in COOKIES.items():
            yield f"{page} cookie {name}", page, lambda page=page, form=form: (page, {"Cookie": form.format(long("a", size)) if form else "; ".join(f"a{n}=b" for n in range(size // 7))})
        for header in HEADERS:
            for name, part in {"letters": "a", "list": "a;q=0.1,", "quotes": '"a", '}.items():
                yield f"{page} {header} {name}", page, lambda page=page, header=header, part=part: (page, {f"X-{n}": long(part, size // 60) for n in range(60)} if header == "many" else {header: long(part, size)})


def spent(processes: list[int]) -> float:
    """Milliseconds of processor time of all their threads, until now."""
    tasks = [task for process in processes for task in Path(f"/proc/{process}/task").iterdir()]
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks) / 1e6


def children(process: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()]


def ask(port: int, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0  # it hung up
    finally:
        connection.close()
    return answer.status


def cost(processes: list[int], port: int, make: object, headers: dict[str, str]) -> tuple[float, set[int]]:
    """Milliseconds of one request, the mean of `TIMES`, and what was answered."""
    path, more = make()
    statuses = {ask(port, path, headers | more)}
    began = spent(processes)
    for _time in range(TIMES):
        path, more = make()
        statuses.add(ask(port, path, headers | more))
    return (spent(processes) - began) / TIMES, statuses


def table(front: Front, site: Site, worker: list[int], proxy: list[int], wanted: list[str]) -> int:
    above = 0
    straight = int(site.address.rpartition(":")[2])
    ways = [("a worker", worker, straight, LONG), ("nginx", worker + proxy, front.plain, LONGER)]
    for way, processes, port, size in ways:
        for name, place, make in questions(size):
            if not wanted or any(word in name for word in wanted):
                own = {"Host": HOST, "X-Forwarded-Proto": "https"}
                usual = cost(processes, port, lambda place=place: (place, {}), own)
                long_one = cost(processes, port, make, own)
                is_above = long_one[0] > MOST
                above += is_above
                print(f"{way:9}{name[:60]:62}{usual[0]:7.2f}{long_one[0]:8.2f} {sorted(long_one[1])}{' !' if is_above else ''}", flush=True)
    return above


def memory(process: int) -> float:
    """In MB (PSS)."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def main(folder: Path, wanted: list[str]) -> int:
    site = made(folder, **settings(2) | {"ALLOWED_HOSTS": f"{HOST},127.0.0.1"})
    with serving(site) as running:
        web = next(int(p.name) for p in Path("/proc").glob("[0-9]*") if b"portal.server" in (p / "cmdline").read_bytes() and site.address.rpartition(":")[2].encode() in (p / "cmdline").read_bytes())
        worker = children(web)
        front = Front(folder / "front", [site.address.removeprefix("http://")] * 2, folder / "static")
        proxy = front.process()
        proxy.start()
        try:
            print("processes", web, worker, children(proxy.running.pid))
            above = table(front, running, worker, children(proxy.running.pid), wanted)
            return above
        finally:
            proxy.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="portal-addresses-") as scratch:
        Path(scratch).chmod(0o755)
        sys.exit(main(Path(scratch), sys.argv[1:]))
