"""`make scale`: every kind of page and every list at two sizes, side by side: queries, milliseconds, ratio, and the memory of a worker.

    python tests/postgres.py python -m bench.scale              both sizes on a PostgreSQL of their own, and the table
    python tests/postgres.py python -m bench.scale staff        only rows whose name holds one of these words

Each size is a database and a process of its own; they take turns, page by page. What is remembered for readers between two
changes of the content is switched off: each figure is a page made anew. `ms` is processor time, the worker's and PostgreSQL's, which on a
quiet machine is what the clock shows and on a busy one can still be compared: the median of `ROUNDS` calls after one that warms. `slowest` is the
most that a call of the big site took, the first one too, and `clock` how long that one took. `!` stands behind a page that asks more
queries of the big site, takes more than 1.5 times as long (and 5 ms longer), or over a second.
"""

import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ |= {
    "LOG_LEVEL": "ERROR",
    "DATABASE_PATIENCE": "0",
    "STAFF_IDLE_MINUTES": "600",
}  # filling and the table take their time
import portal.wsgi  # noqa: F401, I001  before all else: as in a worker

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import Request
from bench.figures import rounds
from bench.scale_data import SIZES, fill
from conditions.models import Condition, Edition
from directory.models import Clinician
from foundation.pages.registry import registered
from news.models import NewsItem
from portal.server.before_workers import read_search_index
from stories.models import Story
from tests.clients import Client
from tests.site import own_database

ROUNDS, MOST_TIMES, MOST_MORE, LONGEST = rounds(5), 1.5, 5, 1000  # times; milliseconds
DATABASE = (
    f" {connection.settings_dict['USER']} {connection.settings_dict['NAME']} ".encode()
)  # as PostgreSQL names its processes
ANEW = {name: {"BACKEND": "django.core.cache.backends.dummy.DummyCache"} for name in ("default", "content")}


def public_pages() -> dict[str, str]:
    """By name: of each kind of page one, the lists, what finds them, what machines ask for."""
    fixed = [
        "/",
        "/conditions/",
        "/conditions/?letter=P",
        "/conditions/?department=rheumatology",
        "/glossary/",
        "/departments/",
    ]
    fixed += [
        "/departments/rheumatology/",
        "/clinicians/",
        "/stories/",
        "/stories/?page=3",
        "/news/",
        "/news/?page=4",
        "/news/feed/",
    ]
    fixed += [
        "/news/?condition=c-5",
        "/guides/",
        "/appointments/",
        "/appointments/?department=rheumatology",
        "/es/",
        "/es/conditions/",
    ]
    fixed += [
        "/es/glossary/",
        "/search/",
        "/search/?q=pain",
        "/search/?q=pain&more",
        "/search/?q=ostetis+knee",
        "/search/?q=xylophone",
    ]
    fixed += ["/sitemap.xml", "/sitemap-lists.xml", "/robots.txt", "/readyz", "/metrics", "/nowhere/", "/conditions/never/"]
    fixed += ["/infobutton?mainSearchCriteria.v.c=M86.3&mainSearchCriteria.v.cs=2.16.840.1.113883.6.90"]
    rows: list[Any] = [NewsItem.objects.first(), Story.objects.first(), *Clinician.objects.order_by("pk")[:2]]
    kinds = [content.kind for content in registered() if content.sitemap]
    pages = ["/conditions/c-5/", "/conditions/c-5/versions/", "/conditions/c-5/versions/1/", "/es/conditions/c-5/"]
    pages += [row.get_absolute_url() for row in rows]
    return {f"public {path}": path for path in [*fixed, *pages, *(f"/sitemap-{kind}.xml" for kind in kinds)]}


def staff_pages() -> dict[str, str]:
    """Every list of the admin with a page of one row, the first page, our own pages, and the queue with its filters."""
    pages = {
        f"staff {name}": reverse(f"admin:{name}") for name in ("index", "links", "moving", "figures", "earlier", "visits")
    }
    for model in admin.site._registry:  # noqa: SLF001  there is no public way
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        listed = reverse(f"admin:{name}_changelist")
        pages |= {f"staff {name}": listed, f"staff {name}, searched in vain": f"{listed}?q=xylophone"}
        row = model._base_manager.order_by("pk").values_list("pk", flat=True)[3:4].first()
        if row:
            pages[f"staff {name}, one"] = reverse(f"admin:{name}_change", args=[row])
        pages[f"staff {name}, new"] = reverse(f"admin:{name}_add")
    queue, case = (
        reverse("admin:appointments_request_changelist"),
        Request.objects.exclude(status="closed").order_by("pk")[3].pk,
    )
    for query in (
        "turn=all",
        "turn=visit",
        "turn=over",
        "turn=all&state=all",
        "due=overdue",
        "turn=all&words=unread&state=all",
    ):
        pages[f"staff queue ?{query}"] = f"{queue}?{query}"
    pages["staff case"] = reverse("admin:appointments_request_change", args=[case])
    draft = Edition.objects.filter(number=2).order_by("pk")[3]
    pages["staff edit page"] = reverse("admin:conditions_edition_change", args=[draft.pk])
    pages["staff preview"] = reverse("admin:preview", args=[draft.pk])
    pages["staff start a draft"] = Condition.objects.order_by("pk")[5].new_draft_address("es")
    return pages


class Call(NamedTuple):
    """One page made: milliseconds of processor time and by the clock; bytes."""

    worked: float
    waited: float
    queries: int
    status: int
    size: int


class Pages:
    """The site of this process, asked page by page: by a reader, by somebody who may do everything, and by a coordinator."""

    def __init__(self) -> None:
        self.clients = {
            name: Client(headers={"host": "localhost"}, raise_request_exception=False) for name in ("public", "staff", "cora")
        }
        self.clients["staff"].force_login(User.objects.get(username="ada"))
        self.clients["cora"].force_login(User.objects.get(username="cora"))
        self.pages = public_pages() | staff_pages()
        for name in ("index", "appointments_request", "case", "visits", "figures", "earlier"):
            self.pages[f"cora {name}"] = self.pages[f"staff {name}"]

    def ask(self, name: str) -> Call:
        before, begun = worked(), time.perf_counter()
        with CaptureQueriesContext(connection) as counted:
            answer = self.clients[name.split(maxsplit=1)[0]].get(self.pages[name])
            size = len(answer.getvalue())
        waited, after = (time.perf_counter() - begun) * 1000, worked()
        spent = sum(after.get(process, 0) - before.get(process, 0) for process in after)
        return Call(spent, waited, len(counted), answer.status_code, size)


def worked() -> dict[str, float]:
    """Milliseconds of processor time of this process and of those that serve it in PostgreSQL, until now."""
    spent = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int(process.name) == os.getpid() or DATABASE in (process / "cmdline").read_bytes():
                spent[process.name] = int((process / "schedstat").read_text(encoding="ascii").split()[0]) / 1e6
    return spent


def memory() -> float:
    """Of this process, in MB; what is shared is divided among those who share it."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def serve() -> None:
    """Answers what is asked on the input, a name a line, until nobody asks any more."""
    logging.disable(logging.WARNING)
    read_search_index()
    if worker := os.fork():  # as a server's: what is read before is in memory once
        os.waitpid(worker, 0)
        return
    with override_settings(CACHES=ANEW):
        pages = Pages()
        print(json.dumps(list(pages.pages)), flush=True)
        for line in sys.stdin:
            name = line.strip()
            print(json.dumps(pages.ask(name) if name else memory()), flush=True)


class Beside:
    """A site of that size in a process and on a database of its own."""

    def __init__(self, size: str, folder: Path) -> None:
        environment = os.environ | {"VAR_DIR": str(folder), "DATABASE_URL": own_database(os.environ["DATABASE_URL"])}
        begun = time.monotonic()
        subprocess.run([sys.executable, "-m", "bench.scale", "fill", size], env=environment, check=True)
        print(f"{size}: filled in {time.monotonic() - begun:.0f} s", flush=True)
        pipe = subprocess.PIPE
        command = [sys.executable, "-W", "ignore", "-m", "bench.scale", "serve"]
        self.process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        self.names: list[str] = self._told()

    def _told(self) -> Any:
        line = self.process.stdout.readline()
        return json.loads(line) if line else sys.exit("The site beside has ended.")

    def ask(self, name: str = "") -> Any:
        """What `Pages.ask` measured, or without a name the memory."""
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        told = self._told()
        return Call(*told) if name else told


def row(name: str, small: Beside, big: Beside) -> str:
    """Of the table, as it is measured; `!` at the end of what grows."""
    both = [(small.ask(name), big.ask(name)) for _round in range(ROUNDS + 1)]
    few, many = zip(*both[1:], strict=True)  # the first call warms
    if {call.status for call in few} != {call.status for call in many}:
        sys.exit(f"{name} is not answered alike: {few[0]}, {many[0]}")
    short, long = (statistics.median(call.worked for call in calls) for calls in (few, many))
    asked = [min(call.queries for call in calls) for calls in (few, many)]  # what is due once a minute is no part of it
    slowest = max(both, key=lambda pair: pair[1].worked)[1]
    grows = asked[1] > asked[0] or (long > MOST_TIMES * short and long > short + MOST_MORE) or slowest.worked > LONGEST
    figures = f"{asked[0]:6}{asked[1]:6}{short:8.0f}{long:8.0f}{long / short:7.2f}{slowest.worked:9.0f}{slowest.waited:9.0f}"
    return f"{name[:58]:58}{figures}{few[0].size / 1024:8.0f}{many[0].size / 1024:8.0f}{' !' if grows else ''}"


def main(wanted: list[str]) -> int:
    """Prints the table; how many pages grow."""
    with tempfile.TemporaryDirectory() as folder:
        sites = [Beside(size, Path(folder) / size) for size in SIZES]
        print(f"{'':58}{'queries':>12}{'ms':>16}{'ratio':>7}{'slowest':>9}{'clock':>9}{'KB':>16}")
        begun, grown = [site.ask() for site in sites], 0
        for name in sites[0].names:
            if not wanted or any(word in name for word in wanted):
                line = row(name, *sites)
                grown += line.endswith("!")
                print(line, flush=True)
        for size, before, site in zip(SIZES, begun, sites, strict=True):
            print(f"memory of the worker, {size}: {before:.0f} MB at first, {site.ask():.0f} MB after all pages")
            site.process.stdin.close()
    return grown


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", size]:
            fill(SIZES[size])
        case ["serve"]:
            serve()
        case words:
            sys.exit(f"{grown} pages grow." if (grown := main(words)) else 0)
