"""`make bench`: what readers ask for, with 10 conditions and with 10,000: the page on one, the A to Z, the search.

Runs on the database of the environment, which must be empty; `tests/postgres.py` brings a PostgreSQL. The pages are asked
in turn, CPU time of the thread beside the clock's; the ratios are those of CPU time. The query counts must be equal and the
medians at most half as much again, also of the search, which finds one or two among 10 pages and shows ten of 10,000. That
takes at most 30 ms of the clock in the middle and 100 ms for 99 of 100 questions. Measure on a quiet machine.
"""

import os
import random
import statistics
import sys
import time
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ["LOG_LEVEL"] = "WARNING"
import portal.wsgi  # noqa: F401, I001  before all else: as in a worker

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.figures import Figure, rounds
from conditions.models import Condition, ConditionName, Edition, Section, SignOff, Source
from foundation.search.actions import ask
from foundation.search.fold import fold
from foundation.search.models import Entry, Name
from foundation.search.text import tidy
from tests import factories

FEW, MANY, ROUNDS, BATCH = 10, 10_000, rounds(40), 1_000
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


def measure(client: Client, pages: dict[str, list[str]]) -> dict[str, tuple[list[float], list[float], int]]:
    """(milliseconds, of CPU time, most queries) of each page: every round asks each for its next address, after warming up."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
    queries = dict.fromkeys(pages, 0)
    for number in range(-2, max(ROUNDS, *map(len, pages.values()))):
        for name, addresses in pages.items():
            address = addresses[number % len(addresses)]
            clock, cpu = time.perf_counter(), time.thread_time()
            answer = client.get(address)
            spent = (time.perf_counter() - clock) * 1000, (time.thread_time() - cpu) * 1000
            if answer.status_code != 200:
                raise SystemExit(f"{address} answered {answer.status_code}")
            if number >= 0:
                taken[name].append(spent)
    for name, addresses in pages.items():
        for address in addresses[:40]:
            with CaptureQueriesContext(connection) as counted:
                client.get(address)
            queries[name] = max(queries[name], len(counted))
    return {name: ([c for c, _p in taken[name]], [p for _c, p in taken[name]], queries[name]) for name in pages}


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
    call_command("migrate", verbosity=0)
    factories.clinician()
    factories.department()
    client, figures, before = Client(headers={"host": "localhost"}), {}, 0
    for count in (FEW, MANY):
        fill(before, count)
        before = count
        ask("warm", "en")  # the names are read once after a change
        figures[count] = measure(client, asked(count))
    if not show(figures[FEW], figures[MANY]):
        sys.exit("Something grows with the number of conditions, or a search takes too long.")
