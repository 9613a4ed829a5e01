"""`make bench`: the CRMO page made anew for every request, by us and by Wagtail. The pages of staff: `bench/staff.py`.

Wagtail's is a site of its own (`bench/wagtail/clinic`), filled from the same content files: the same words and links, the
same structured data, no fewer bytes. Tuned as a Wagtail developer would: relations fetched at once, parsed templates, open
connections, renditions and root paths kept. It remembers the explained text of the sections (ours remembers what the view gathers); two more
workers remember their finished HTML, as `{% wagtailpagecache %}` offers, and nothing at all. No whole page is kept on either
side (`uncached.py`). One worker each, the same versions of Django and granian, the same threads, on the first core; wrk on
the second; in turn, medians of the rounds.
"""

import difflib
import statistics
import sys
import tempfile
from pathlib import Path

from bench import servers
from bench.figures import Figure, rounds
from bench.wagtail import site as wagtail
from bench.wagtail.visitor import Reader, Visitor
from tests.site import Process, Site, made

ROUNDS, SECONDS = rounds(7), 3
PAGE = "/conditions/crmo/"
OURS, WAGTAIL = "ours, uncached", "Wagtail"
OTHERS = {"Wagtail, sections’ HTML remembered": "sections", "Wagtail, nothing remembered": "nothing"}
FASTER, QUERIES = 1.5, 14  # the limits
ALIKE, SMALLER = 0.99, 0.99  # shares of words, and of bytes: the names of files differ
CONNECTIONS = 4  # one for each thread: nobody waits longer than wrk's two seconds on a busy machine
Worker = tuple[str, Process]  # its address and its process


def compare(ours: str, theirs: str) -> None:
    """Ends with a sentence if the two pages do not say the same."""
    own, other = Reader(ours), Reader(theirs)
    words = difflib.SequenceMatcher(None, own.words, other.words, autojunk=False).ratio()
    print(f"{len(own.words)} words, alike {100 * words:.2f} %; {len(own.links)} links, ", end="")
    print("the same" if own.links == other.links else "not the same")
    print(f"bytes: ours {len(ours.encode()):,}, Wagtail's {len(theirs.encode()):,}")
    size = len(theirs.encode()) / len(ours.encode())
    if words < ALIKE or sorted(own.links) != sorted(other.links) or size < SMALLER:
        sys.exit("The two pages are not alike enough to be compared.")


def turns(workers: dict[str, Worker]) -> dict[str, list[servers.Load]]:
    """Each in turn, every second round the other way round, after one round that warms."""
    loads: dict[str, list[servers.Load]] = {name: [] for name in workers}
    for number in range(ROUNDS + 1):
        for name, (address, process) in list(workers.items())[:: 1 if number % 2 else -1]:
            measured = servers.load(process, address + PAGE, SECONDS, connections=CONNECTIONS, lenient=not number)
            if number:
                loads[name].append(measured)
    return loads


def median(loads: list[servers.Load], field: str) -> float:
    return statistics.median(getattr(load, field) for load in loads)


def table(loads: dict[str, list[servers.Load]]) -> None:
    """Prints the medians."""
    print(f"{'':36}{'per second':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms each':>13}")
    for name, each in loads.items():
        rate, p50, p99, cpu = (median(each, field) for field in ("rate", "p50", "p99", "cpu"))
        print(f"{name:36}{rate:11.1f}{p50:9.2f}{p99:9.2f}{cpu / 1000:13.2f}")


def readers(workers: dict[str, Worker]) -> None:
    """Prints pages a second, and what must show of them."""
    pages = {name: Visitor().get(address + PAGE) for name, (address, _process) in workers.items()}
    compare(pages[OURS], pages[WAGTAIL])
    loads = turns(workers)
    table(loads)
    rates = {name: median(each, "rate") for name, each in loads.items()}
    ratio = rates[OURS] / rates[WAGTAIL]
    print(Figure(4, "uncached condition page : the same in Wagtail, a second", ratio, FASTER, least=True))
    print(f"{'ours against':36}{'pages':>8}{'CPU':>8}")
    for name in (WAGTAIL, *OTHERS):
        cpu = median(loads[name], "cpu") / median(loads[OURS], "cpu")
        print(f"{name:36}{rates[OURS] / rates[name]:8.2f}{cpu:8.2f}")


def main(folder: Path) -> None:
    for name in ("ours", "theirs"):
        (folder / name).mkdir()
    site, other = made(folder / "ours"), wagtail.made(folder / "theirs")
    django = Site(site.address, site.environment | {"DJANGO_SETTINGS_MODULE": "portal.settings"}, site.folder)
    queries = [int(each.python("-m", "bench.wagtail.queries", PAGE)) for each in (django, other)]
    workers = {
        OURS: servers.variant(site, "bench.wagtail.uncached:application"),
        WAGTAIL: other.served(PAGE),
        **{name: other.served(PAGE, KEEP=keep) for name, keep in OTHERS.items()},
    }
    with servers.running(*(process for _address, process in workers.values())):
        readers(workers)
        print(f"queries: ours {queries[0]}, Wagtail's {queries[1]}")
        print(Figure(4, "queries of an uncached condition page", queries[0], QUERIES))


if __name__ == "__main__":
    servers.tools()
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        main(Path(scratch))
