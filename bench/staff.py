"""`make bench PARTS=staff`: the pages where staff spend their day beside Wagtail's: edit page, first page, lists. By an editor and an administrator.

Both sites hold the sample, and the same CRMO page in their editors; in ours 100 requests wait as well. One worker each on the first core, and one person
who asks on the second: in turn, every second round the other way round. Cold is the first answer of a worker that has just started, warm the median
afterwards. The limits are for the time that one waits; beside it stands the processor time of the server, which a busy machine disturbs less.
In a Chromium, if there is one: what our own pages weigh without and with the browser's own copies.
"""

import http.client
import os
import re
import statistics
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from bench import servers
from bench.figures import Figure, rounds
from bench.wagtail import site as wagtail
from bench.wagtail.visitor import Visitor
from tests.browser.engines import CHROMIUM, FLAGS
from tests.site import Process, Site, made

ROUNDS, STARTS, EACH = rounds(9), 3, 3  # how often each page is asked: in turns, cold, and in a row within a turn
HALF = 0.5  # of Wagtail's time
WIDE = 48  # letters, for the name of a page
PEOPLE = {"editor": "edie", "administrator": "admin"}
REQUESTS = "from bench.queue_growth import first; from directory.models import Department; first(Department.objects.first())"
MODERATOR = (
    "from django.contrib.auth.models import Group, User; "
    f"User.objects.create_user('edie', password='{wagtail.PASSWORD}').groups.set(Group.objects.all())"
)
COLD = ("edit page", "first page", "list of conditions/condition")
Times = dict[str, list[float]]


@dataclass(frozen=True)
class Page:
    """A page of a site, with the cookies of who asks for it."""

    process: Process
    address: str
    cookie: str

    def ask(self, times: int = 1) -> tuple[float, float]:
        """Milliseconds from the question to the end of the answer, and of the server's processor; of each of so many."""
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc)
        before, start = servers.spent(self.process), time.perf_counter()
        for _time in range(times):
            self.read(connection)
        waited, spent = time.perf_counter() - start, servers.spent(self.process) - before
        connection.close()
        return waited * 1000 / times, spent * 1000 / times

    def read(self, connection: http.client.HTTPConnection) -> bytes:
        connection.request("GET", urlsplit(self.address).path, headers={"Cookie": self.cookie})
        answer = connection.getresponse()
        if answer.status != 200:
            sys.exit(f"{self.address} answered {answer.status}")
        return answer.read()

    @property
    def size(self) -> str:
        """Of the HTML, in bytes."""
        return f"{len(self.read(http.client.HTTPConnection(urlsplit(self.address).netloc))):,}"


def our_pages(site: Site, process: Process) -> Iterator[tuple[str, Page]]:
    """(name, page) of each page of each person; the editor has started a draft of the CRMO page."""
    draft = ""
    for role, name in PEOPLE.items():
        person = Visitor()
        if name == "edie":
            site.sign_in_link()  # makes the people of the sample
        person.send(person.get(site.sign_in_link(name)))
        draft = draft or start_draft(person, site.address)
        lists = ["conditions/condition", "stories/story", "news/newsitem", "pictures/librarypicture", "conditions/edition"]
        lists += ["audit/record", "appointments/request"] if role == "administrator" else []
        paths = {"edit page": draft, "first page": "/admin/"} | {f"list of {path}": f"/admin/{path}/" for path in lists}
        yield from (
            (f"{role}, {page}", Page(process, site.address + path, person.cookie.partition(": ")[2]))
            for page, path in paths.items()
        )


def start_draft(editor: Visitor, address: str) -> str:
    """The path of a new draft of the CRMO page."""
    conditions = editor.get(f"{address}/admin/conditions/condition/?q=CRMO")
    crmo = re.search(r"/admin/conditions/condition/(\d+)/change/[^>]*>Chronic", conditions)
    form = editor.get(f"{address}/admin/conditions/edition/add/")
    editor.send(form, condition=crmo[1] if crmo else "", language="en")
    if not editor.address.endswith("/change/"):
        sys.exit("No draft of the CRMO page could be started.")
    return editor.address.removeprefix(address)


def their_pages(address: str, process: Process) -> Iterator[tuple[str, Page]]:
    """The same at Wagtail's, under the same names, where it has such a page."""
    for role, name in PEOPLE.items():
        person = Visitor()
        person.send(person.get(f"{address}/cms/login/"), username=name, password=wagtail.PASSWORD)
        found = person.get(f"{address}/cms/pages/search/?q=Chronic+recurrent")
        explorers = dict(re.findall(r'href="(/cms/pages/\d+/)"[^>]*>\s*(?:<[^>]*>\s*)*(Conditions|Stories|News)\b', found))
        trees = {title: path for path, title in explorers.items()}
        paths = {
            "edit page": re.search(r"/cms/pages/\d+/edit/", found)[0],
            "first page": "/cms/",
            "list of conditions/condition": trees["Conditions"],
            "list of conditions/edition": "/cms/pages/usage/clinic/conditionpage/",
            "list of stories/story": "/cms/pages/usage/clinic/storypage/",
            "list of news/newsitem": "/cms/pages/usage/clinic/newspage/",
            "list of pictures/librarypicture": "/cms/images/",
        } | ({"list of audit/record": "/cms/reports/site-history/"} if role == "administrator" else {})
        yield from (
            (f"{role}, {page}", Page(process, address + path, person.cookie.partition(": ")[2]))
            for page, path in paths.items()
        )


def cold(pages: dict[str, Page]) -> Times:
    """Milliseconds until the first answer of each, by a worker that has just started and has answered its sign-in page."""
    found: Times = defaultdict(list)
    for name, page in [(name, page) for name, page in pages.items() if name.endswith(COLD)] * STARTS:
        page.process.stop()
        page.process.start()
        found[name].append(page.ask()[0])
    return found


def warm(sides: tuple[dict[str, Page], ...]) -> list[tuple[Times, Times]]:
    """(milliseconds one waits, milliseconds of the processor) by page, of each side; in turn, after one round that warms."""
    found: list[tuple[Times, Times]] = [(defaultdict(list), defaultdict(list)) for _side in sides]
    for number in range(ROUNDS + 1):
        turn = [(name, side) for name in sides[0] for side, pages in enumerate(sides) if name in pages]
        for name, side in turn[:: 1 if number % 2 else -1]:
            waited, spent = sides[side][name].ask(EACH)
            if number:
                found[side][0][name].append(waited)
                found[side][1][name].append(spent)
    return found


def show(ours: tuple[Times, Times], theirs: tuple[Times, Times], first: tuple[Times, Times]) -> None:
    """Prints all of it, and what must show: medians, and means of the processor's time, which is counted in hundredths of a second."""
    print(f"{'milliseconds: ours, Wagtail’s, ratio':{WIDE}}{'warm':^24}{'processor':^24}{'cold':^24}")
    parts = [(ours[0], theirs[0], statistics.median), (ours[1], theirs[1], statistics.mean), (*first, statistics.median)]
    for name in ours[0]:
        print(
            f"{name:{WIDE}}"
            + "".join(cell(*(of(side[name]) if name in side else None for side in sides)) for *sides, of in parts)
        )
    for name in theirs[0]:
        ratio = statistics.median(ours[0][name]) / statistics.median(theirs[0][name])
        print(Figure(4, f"{name} : Wagtail's, time of one", ratio, HALF))


def cell(own: float | None, other: float | None) -> str:
    """Both, and their ratio, where there are both."""
    words = ["–" if each is None else f"{each:.1f}" for each in (own, other)]
    return f"{words[0]:>8}{words[1]:>8}" + (f"{own / other:8.2f}" if own and other else f"{'–':>8}")


def weigh(browser: Browser, name: str, page: Page) -> None:
    """Prints the elements of a page, and for a browser's first visit and its second: requests, bytes, milliseconds."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        cookies = [pair.split("=", 1) for pair in page.cookie.split("; ")]
        context.add_cookies([{"name": key, "value": value, "url": page.address} for key, value in cookies])
        tab = context.new_page()
        network = context.new_cdp_session(tab)
        network.send("Network.enable")
        sizes: list[float] = []
        network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        visits = []
        for _visit in ("first", "second"):
            sizes.clear()
            tab.goto(page.address, wait_until="networkidle")
            loaded = tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
            visits.append(f"{sum(1 for size in sizes if size):4}{sum(sizes) / 1000:8.1f} KB{loaded:7.0f} ms")
        elements = tab.evaluate("document.querySelectorAll('*').length")
        print(f"{name:{WIDE}}{elements:6} elements;  first{visits[0]};  second{visits[1]}")


def main(folder: Path) -> None:
    for name in ("ours", "theirs"):
        (folder / name).mkdir()
    site, other = made(folder / "ours"), wagtail.made(folder / "theirs")
    site.python("-c", REQUESTS)
    other.manage("shell", "-c", MODERATOR)
    process = servers.pinned(site.web())
    process.ready = lambda: urllib.request.urlopen(f"{site.address}/accounts/login/", timeout=5).close()
    address, theirs = other.served("/cms/login/")
    with servers.running(process, theirs):
        sides = dict(our_pages(site, process)), dict(their_pages(address, theirs))
        for name in sides[0]:
            sizes = [pages[name].size if name in pages else "–" for pages in sides]
            print(f"{name:{WIDE}}bytes of HTML: {sizes[0]:>9}{sizes[1]:>10}")
        found = warm(sides)
        show(found[0], found[1], (cold(sides[0]), cold(sides[1])))
        if CHROMIUM:
            with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser:
                for name in ("editor, edit page", "editor, first page", "editor, list of conditions/condition"):
                    weigh(browser, name, sides[0][name])


if __name__ == "__main__":
    os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        main(Path(scratch))
