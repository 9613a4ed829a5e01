"""`make bench`: the CRMO page made anew for every request, by us and by Wagtail; and the two pages where editors spend their day.

Wagtail's is a site of its own (`bench/wagtail/clinic`), filled from the same content files: the same words and links, the
same structured data, no fewer bytes. Tuned as a Wagtail developer would: relations fetched at once, parsed templates and open
connections kept, and the explained sections remembered as a fragment, as ours remembers their text. "Nothing remembered" is
the same site without that. No whole page is kept on either side (PAGE_CACHE_MB=0). One worker each, the same versions of
Django and granian, the same threads, on the first core; wrk on the second; in turn, medians of the rounds.
Staff's pages are asked for by one connection: what counts there is how long one person waits.
"""

import difflib
import re
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import servers
from bench.figures import Figure, rounds
from bench.wagtail import site as wagtail
from bench.wagtail.visitor import Reader, Visitor
from tests.site import Process, Site, made

ROUNDS, SECONDS = rounds(7), 3
PAGE = "/conditions/crmo/"
FASTER = 1.5
STAFF = 0.5
QUERIES = 14
CONNECTIONS = 4  # one for each thread: nobody waits longer than two seconds on a busy machine
ALIKE, SMALLER = 0.99, 0.99  # shares of words, and of bytes: the names of files differ
Run = Callable[[float], servers.Load]


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


def turns(runs: dict[str, Run]) -> dict[str, list[servers.Load]]:
    """Each of `runs` in turn, every second round the other way round, after one round that warms."""
    loads: dict[str, list[servers.Load]] = {name: [] for name in runs}
    for number in range(ROUNDS + 1):
        for name, run in list(runs.items())[:: 1 if number % 2 else -1]:
            measured = run(SECONDS if number else 1)
            if number:
                loads[name].append(measured)
    return loads


def median(loads: list[servers.Load], field: str) -> float:
    return statistics.median(getattr(load, field) for load in loads)


def table(loads: dict[str, list[servers.Load]]) -> None:
    """Prints the medians."""
    print(f"{'':34}{'per second':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms each':>13}")
    for name, each in loads.items():
        rate, p50, p99, cpu = (median(each, field) for field in ("rate", "p50", "p99", "cpu"))
        print(f"{name:34}{rate:11.1f}{p50:9.2f}{p99:9.2f}{cpu / 1000:13.2f}")


def readers(ours: tuple[str, Process], theirs: tuple[str, Process], bare: tuple[str, Process]) -> None:
    """Prints pages a second, and what must show of them."""
    servers_of = {"ours, uncached": ours, "Wagtail": theirs, "Wagtail, nothing remembered": bare}
    pages = {name: Visitor().get(address + PAGE) for name, (address, _process) in servers_of.items()}
    compare(pages["ours, uncached"], pages["Wagtail"])
    loads = turns(
        {
            name: lambda seconds, address=address, process=process: servers.load(
                process, address + PAGE, seconds, connections=CONNECTIONS
            )
            for name, (address, process) in servers_of.items()
        }
    )
    table(loads)
    rates = {name: median(each, "rate") for name, each in loads.items()}
    print(
        Figure(
            4,
            "uncached condition page : the same in Wagtail, a second",
            rates["ours, uncached"] / rates["Wagtail"],
            FASTER,
            least=True,
        )
    )
    print(f"to Wagtail with nothing remembered: {rates['ours, uncached'] / rates['Wagtail, nothing remembered']:.2f}")


def editor_of_ours(site: Site, address: str) -> tuple[Visitor, str]:
    """Somebody signed in who may do everything, and the address of a new draft of the CRMO page."""
    staff = Visitor()
    link = re.sub(r"^http://[^/]+", address, site.sign_in_link())
    staff.send(staff.get(link))
    found = re.search(
        r"/admin/conditions/condition/(\d+)/change/[^>]*>Chronic", staff.get(f"{address}/admin/conditions/condition/?q=CRMO")
    )
    form = staff.get(f"{address}/admin/conditions/edition/add/")
    staff.send(form, condition=found[1], language="en")
    return staff, staff.address


def editor_of_wagtail(address: str) -> tuple[Visitor, str]:
    """The same at Wagtail's, with the address of the page's form."""
    staff = Visitor()
    staff.send(staff.get(f"{address}/cms/login/"), username="admin", password=wagtail.PASSWORD)
    found = re.search(r"/cms/pages/(\d+)/edit/", staff.get(f"{address}/cms/pages/search/?q=Chronic+recurrent"))
    return staff, f"{address}/cms/pages/{found[1]}/edit/"


def staff(site: Site, ours: tuple[str, Process], theirs: tuple[str, Process]) -> None:
    """Prints how long staff's pages take, and what must show of them."""
    (address, own), (other, process) = ours, theirs
    somebody, draft = editor_of_ours(site, address)
    editor, form = editor_of_wagtail(other)
    runs = {
        "our edit page": (own, draft, somebody),
        "Wagtail's edit page": (process, form, editor),
        "our first staff page": (own, f"{address}/admin/", somebody),
        "Wagtail's first staff page": (process, f"{other}/cms/", editor),
    }
    for name, (_process, page, visitor) in runs.items():
        print(f"{name}: {len(visitor.get(page).encode()):,} bytes")
    loads = turns(
        {
            name: lambda seconds, run=run: servers.load(run[0], run[1], seconds, run[2].cookie, connections=1)
            for name, run in runs.items()
        }
    )
    table(loads)
    for name in ("edit page", "first staff page"):
        ratio = median(loads[f"our {name}"], "p50") / median(loads[f"Wagtail's {name}"], "p50")
        print(Figure(4, f"{name} : Wagtail's, time of one", ratio, STAFF))


def main(folder: Path) -> None:
    for name in ("ours", "theirs"):
        (folder / name).mkdir()
    site, other = made(folder / "ours"), wagtail.made(folder / "theirs")
    count = ("-m", "bench.wagtail.queries", PAGE)
    queries = int(Site(site.address, site.environment | {"DJANGO_SETTINGS_MODULE": "portal.settings"}, folder).python(*count))
    print(f"queries: ours {queries}, Wagtail's {int(other.python(*count))}")
    ours = servers.variant(site, PAGE_CACHE_MB="0")
    theirs, bare = other.served(PAGE), other.served(PAGE, FRAGMENTS="off")
    with servers.running(ours[1], theirs[1], bare[1]):
        readers(ours, theirs, bare)
        staff(site, ours, theirs)
    print(Figure(4, "queries of an uncached condition page", queries, QUERIES))


if __name__ == "__main__":
    servers.tools()
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        main(Path(scratch))
