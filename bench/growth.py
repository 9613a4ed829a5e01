"""`make bench`: what readers ask for, with 10 conditions and with 10,000: the page on one, the A to Z, the search.

Runs on the database of the environment, which must be empty; `tests/postgres.py` brings a PostgreSQL. The site of ten is in a process
and on a database of its own; both take turns, so that a machine that becomes slower is so for both. The pages are asked in turn, CPU time of the thread beside the clock's; the ratios are those of CPU time. The query counts must be equal and the
medians at most half as much again, also of the search, which finds one or two among 10 pages and shows ten of 10,000. That
takes at most 30 ms of the clock in the middle and 100 ms for 99 of 100 questions. Measure on a quiet machine.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ["LOG_LEVEL"] = "WARNING"
import portal.wsgi  # noqa: F401, I001  before all else: as in a worker

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.figures import Figure
from conditions.models import Condition, ConditionName, Edition, Section, SignOff, Source
from foundation.search.actions import ask
from foundation.search.fold import fold
from foundation.search.models import Entry, Name
from foundation.search.text import tidy
from tests import factories
from tests.site import own_database

FEW, MANY, BATCH = 10, 10_000, 1_000
MOST, MEDIAN, P99 = 1.5, 30, 100  # times; milliseconds
ADJECTIVES = [
    "acute",
    "benign",
    "chronic",
    "familial",
    "focal",
    "juvenile",
    "localized",
    "mild",
    "multiple",
    "neonatal",
    "primary",
    "recurrent",
]
PLACES = [
    "ankle",
    "elbow",
    "finger",
    "foot",
    "hand",
    "heel",
    "hip",
    "jaw",
    "knee",
    "neck",
    "pelvic",
    "rib",
    "shin",
    "shoulder",
    "spine",
    "thigh",
    "toe",
    "wrist",
]
STEMS = [
    "arthr",
    "burs",
    "cardi",
    "chondr",
    "dermat",
    "enthes",
    "fasci",
    "fibr",
    "gastr",
    "hepat",
    "ligament",
    "my",
    "myel",
    "nephr",
    "neur",
    "oste",
    "spondyl",
    "synov",
]
ENDINGS = [
    "algia",
    "dystrophy",
    "edema",
    "itis",
    "malacia",
    "odynia",
    "oma",
    "osis",
    "pathy",
    "plasia",
    "porosis",
    "sclerosis",
]
EVERYWHERE = ["pain", "child", "doctor", "bone", "treatment"]
SOUNDS = ["ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu"]
NOWHERE = ["xylophone", "quartz", "zeppelin", "gazpacho", "wolfram"]


def names() -> list[str]:
    """As many different names as there are conditions at most, in an order that has nothing to do with the alphabet."""
    made = [f"{a} {p} {s}{e}".capitalize() for a in ADJECTIVES for p in PLACES for s in STEMS for e in ENDINGS]
    random.Random(1).shuffle(made)
    return made[:MANY]


def words(number: int) -> str:
    """A text of 150 words: some stand in every text, most are rarer the further down the list of 3,375."""
    dice = random.Random(number)
    rare = [
        SOUNDS[n // 225] + SOUNDS[n // 15 % 15] + SOUNDS[n % 15] for n in (int(3375 * dice.random() ** 3) for _ in range(145))
    ]
    mixed = rare + EVERYWHERE
    dice.shuffle(mixed)
    return " ".join(mixed)


def fill(first: int, upto: int) -> None:
    """Conditions with names, a department, a live text in three sections and two neighbours, found by the search."""
    reviewer, unit = factories.Clinician.objects.get(), factories.Department.objects.get()
    for start in range(first, upto, BATCH):
        add(range(start, min(start + BATCH, upto)), reviewer, unit)
    tidy()  # as every night
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


@transaction.atomic
def add(numbers: range, reviewer: factories.Clinician, unit: factories.Department) -> None:
    """One batch, with all that belongs to it."""
    chosen = names()
    rows = Condition.objects.bulk_create(Condition(slug=f"c-{n}") for n in numbers)
    called = {row.pk: chosen[n] for row, n in zip(rows, numbers, strict=True)}
    for kind, form in (("preferred", "{}"), ("also-called", "{} syndrome"), ("misspelling", "{}e")):
        ConditionName.objects.bulk_create(
            ConditionName(condition_id=pk, kind=kind, language="en", text=form.format(name)) for pk, name in called.items()
        )
    Condition.departments.through.objects.bulk_create(
        Condition.departments.through(condition=row, department=unit) for row in rows
    )
    pairs = [pair for one, other in pairwise(rows) for pair in ((one, other), (other, one))]
    Condition.related.through.objects.bulk_create(
        Condition.related.through(from_condition=one, to_condition=other) for one, other in pairs
    )
    publish(rows, numbers, reviewer)
    store(rows, called)


def publish(rows: list[Condition], numbers: range, reviewer: factories.Clinician) -> None:
    """A text of each goes the way that the database demands: parts, signature, approval."""
    own = {"language": "en", "number": 1, "summary": "A short answer.", "key_points": "One\nTwo", "emergency": "Cannot stand"}
    days = [factories.LONG_AGO + timedelta(minutes=n) for n in numbers]
    drafts = Edition.objects.bulk_create(
        Edition(condition=row, publish_at=day, **own) for row, day in zip(rows, days, strict=True)
    )
    for order, kind in enumerate(("overview", "symptoms", "treatment")):
        Section.objects.bulk_create(
            Section(edition=draft, order=order, kind=kind, body=f"<p>{words(3 * n + order)}</p>")
            for draft, n in zip(drafts, numbers, strict=True)
        )
    Source.objects.bulk_create(Source(edition=draft, title="A study", date="2025-05") for draft in drafts)
    ids = [draft.pk for draft in drafts]
    signed = {"reviewer": reviewer, "reviewed_on": date(2026, 1, 2), "digest": "0" * 64, "text": []}
    Edition.objects.filter(pk__in=ids).update(status="submitted")
    revisions = Edition.objects.filter(pk__in=ids).values_list("pk", "revision")
    SignOff.objects.bulk_create(SignOff(edition_id=pk, revision=revision, **signed) for pk, revision in revisions)
    Edition.objects.filter(pk__in=ids).update(
        status="approved",
        signed_digest="0" * 64,
        reviewed_by=reviewer,
        reviewed_on=date(2026, 1, 2),
        next_review_due=date(2027, 1, 2),
    )


def store(rows: list[Condition], called: dict[int, str]) -> None:
    """As `conditions.findable` stores one after the other."""
    editions = Edition.objects.filter(condition__in=rows).prefetch_related("sections")
    entries = []
    for edition in editions:
        name = called[edition.condition_id]
        text = " ".join([edition.summary, *(section.body[3:-4] for section in edition.sections.all())])
        folded = " ".join(fold(form) for form in (f"{name}e", name, f"{name} syndrome"))
        fields = {"title": name, "text": text, "folded_title": folded, "folded_text": fold(text)}
        entries.append(Entry(kind="condition", object_id=edition.pk, language="en", **fields))
    made = Entry.objects.bulk_create(entries)
    Name.objects.bulk_create(
        Name(entry=entry, text=shown, folded=fold(form))
        for entry in made
        for form, shown in (
            (f"{entry.title}e", entry.title),
            (entry.title, entry.title),
            (f"{entry.title} syndrome", f"{entry.title} syndrome"),
        )
    )


def questions(count: int) -> list[str]:
    """240: exact names, names mistyped, words of every text, words of none, two words of one text, one word of many names."""
    dice, chosen = random.Random(7), names()[:count]
    asked = []
    for n in range(40):
        name = dice.choice(chosen)
        cut = dice.randrange(3, len(name) - 3)
        text = words(3 * chosen.index(name)).split()
        asked += [name, name[:cut] + name[cut + 1 :], " ".join(dice.sample(EVERYWHERE, 1 + n % 2))]
        asked += [NOWHERE[n % 5], f"{dice.choice(text)} {dice.choice(text)}", name.split()[-n % 2]]
    return asked


class Pages:
    """The site of this process with so many conditions, asked round by round."""

    def __init__(self, count: int) -> None:
        call_command("migrate", verbosity=0)
        factories.clinician()
        factories.department()
        fill(0, count)
        self.client, self.pages = Client(headers={"host": "localhost"}), asked(count)
        ask("warm", "en")  # the names are read once after a change

    def round(self, number: int) -> dict[str, tuple[float, float]]:
        """(milliseconds, of CPU time) of each kind of page; every round asks for its next address."""
        taken = {}
        for name, addresses in self.pages.items():
            address = addresses[number % len(addresses)]
            clock, cpu = time.perf_counter(), time.thread_time()
            answer = self.client.get(address)
            taken[name] = (time.perf_counter() - clock) * 1000, (time.thread_time() - cpu) * 1000
            if answer.status_code != 200:
                raise SystemExit(f"{address} answered {answer.status_code}")
        return taken

    def queries(self) -> dict[str, int]:
        """The most that an address of each kind takes."""
        most = dict.fromkeys(self.pages, 0)
        for name, addresses in self.pages.items():
            for address in addresses[:40]:
                with CaptureQueriesContext(connection) as counted:
                    self.client.get(address)
                most[name] = max(most[name], len(counted))
        return most


class Beside:
    """The same in a process and on a database of its own."""

    def __init__(self, count: int, folder: str) -> None:
        database = own_database(os.environ.get("DATABASE_URL", ""))
        environment = os.environ | {"VAR_DIR": folder, "DATABASE_URL": database}
        command, pipe = [sys.executable, __file__, str(count)], subprocess.PIPE
        self.process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        self._told()

    def _told(self) -> Any:
        line = self.process.stdout.readline()
        return json.loads(line) if line else sys.exit("The site beside has ended.")

    def _asked(self, words: str) -> Any:
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()
        return self._told()

    def round(self, number: int) -> dict[str, tuple[float, float]]:
        """See `Pages`."""
        return self._asked(str(number))

    def queries(self) -> dict[str, int]:
        """See `Pages`."""
        return self._asked("queries")

    @staticmethod
    def serve(count: int) -> None:
        """What that process does, until nobody asks any more."""
        site = Pages(count)
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            print(json.dumps(site.queries() if line == "queries\n" else site.round(int(line))), flush=True)


def side_by_side(*sites: Pages | Beside) -> list[dict[str, tuple[list[float], list[float], int]]]:
    """(milliseconds, of CPU time, most queries) of each page of each site; they take turns, after two rounds that warm."""
    taken: list[dict[str, list[tuple[float, float]]]] = [defaultdict(list) for _site in sites]
    for number in range(-2, 240):
        for site, kept in list(zip(sites, taken, strict=True))[:: 1 if number % 2 else -1]:
            for name, spent in site.round(number).items():
                if number >= 0:
                    kept[name].append(spent)
    counted = [site.queries() for site in sites]
    return [
        {name: ([c for c, _p in each], [p for _c, p in each], most[name]) for name, each in kept.items()}
        for kept, most in zip(taken, counted, strict=True)
    ]


def asked(count: int) -> dict[str, list[str]]:
    """The addresses by kind of page."""
    letter = names()[5][0]
    return {
        "condition": ["/conditions/c-5/"],
        "A to Z": ["/conditions/"],
        "a letter": [f"/conditions/?letter={letter}"],
        "by department": ["/conditions/?department=rheumatology"],
        "home": ["/"],
        "search": [f"/search/?q={question}" for question in questions(count)],
    }


def show(few: dict[str, tuple[list[float], list[float], int]], many: dict[str, tuple[list[float], list[float], int]]) -> bool:
    """Prints the table; whether everything holds."""
    print(
        f"{connection.vendor:14}{'10: ms':>9}{'CPU':>7}{'queries':>9}{'10,000: ms':>12}{'CPU':>7}{'queries':>9}{'ratio':>7}{'p99':>8}"
    )
    fine, said = True, []
    for name, (wall, cpu, least) in few.items():
        longer, more, most = many[name]
        ratio = statistics.median(more) / statistics.median(cpu)
        p99 = statistics.quantiles(longer, n=100)[98]
        figures = [statistics.median(each) for each in (wall, cpu, longer, more)]
        print(
            f"{name:14}{figures[0]:9.1f}{figures[1]:7.1f}{least:9}{figures[2]:12.1f}{figures[3]:7.1f}{most:9}{ratio:7.2f}{p99:8.1f}"
        )
        fine &= least == most
        said.append(Figure(4, f"{name}, 10,000 : 10 conditions, CPU time ({least} and {most} queries)", ratio, MOST))
        if name == "search":
            said.append(Figure(5, "search over 10,000 pages, median in ms", figures[2], MEDIAN))
            said.append(Figure(5, "search over 10,000 pages, p99 in ms", p99, P99))
    print(*said, sep="\n")
    return fine and all(figure.met for figure in said)


if __name__ == "__main__":
    if sys.argv[1:]:
        Beside.serve(int(sys.argv[1]))
        sys.exit()
    with tempfile.TemporaryDirectory() as folder:
        beside = Beside(FEW, folder)
        results = side_by_side(beside, Pages(MANY))
        beside.process.stdin.close()
        beside.process.wait()
    if not show(*results):
        sys.exit("Something grows with the number of conditions, or a search takes too long.")
