"""Up to ten thousand made-up conditions with their texts, found by the search, for `bench/growth.py`."""

import random
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from django.db import connection, transaction

from conditions.models import Condition, ConditionName, Edition, Section, SignOff, Source
from foundation.search.findable import store_all
from foundation.search.text import tidy
from tests import factories

MANY, BATCH = 10_000, 1_000
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


@cache
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
    store_all(list(Edition.objects.filter(condition__in=rows).with_search_text()))


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
    text = [["en", own["summary"], own["key_points"], "", "", own["emergency"]], [], []]
    signed = {"reviewer": reviewer, "reviewed_on": date(2026, 1, 2), "digest": "0" * 64, "text": text}
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
