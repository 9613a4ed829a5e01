"""`make bench`: how long each kind of page takes to make, against the smallest answer the same server can give.

All pages are asked in turn within each round, so that whatever else the machine does hits them alike. Quote the ratios
of one run; the milliseconds are this machine's, today.
"""

import http.client
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.figures import rounds
from tests.site import site

ROUNDS = rounds(60)
PAGES = {
    "process alive (/healthz)": "/healthz",
    "home": "/",
    "A–Z": "/conditions/",
    "condition, everything on it": "/conditions/crmo/",
    "earlier version": "/conditions/crmo/versions/1/",
    "story": "/stories/crmo-pool/",
    "news list": "/news/",
    "department": "/departments/pediatric-rheumatology/",
    "glossary": "/glossary/",
    "search, a name mistyped": "/search/?q=osteomylitis",
    "search, words in the text": "/search/?q=swollen%20knee%20in%20the%20morning",
    "search, nothing found": "/search/?q=xylophone",
}


def measure(address: str) -> dict[str, list[float]]:
    """Milliseconds of each request, one kept-alive connection, after one warming round."""
    times: dict[str, list[float]] = {name: [] for name in PAGES}
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    for number in range(ROUNDS + 1):
        for name, path in PAGES.items():
            start = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path} answered {answer.status}")
            if number:
                times[name].append((time.perf_counter() - start) * 1000)
    return times


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, site(Path(folder), PAGE_CACHE_MB="0") as running:
        times = measure(running.address)
    base = statistics.median(times["process alive (/healthz)"])
    print(f"{ROUNDS} rounds, one connection, one worker\n{'':32}{'median ms':>10}{'p95 ms':>9}{'ratio':>8}")
    for name, taken in times.items():
        p95 = statistics.quantiles(taken, n=20)[-1]
        print(f"{name:32}{statistics.median(taken):10.2f}{p95:9.2f}{statistics.median(taken) / base:8.1f}")
