"""`make bench`: the writing coach on a page of 3,000 words, alone and as the answer to a form that somebody is typing in.

The sections are those of the sample site's English pages until there are words enough. The first reading meets every word
anew; later ones know their syllables, as a server does after its first page.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ["LOG_LEVEL"] = "WARNING"
import django

django.setup()

from django.core.management import call_command
from django.urls import reverse

from bench.figures import rounds
from conditions.admin.coach import stored_draft, vocabulary
from conditions.coach import advise
from conditions.models import TEXT_FIELDS, Edition, Section
from foundation.prose.readability import syllables
from foundation.prose.text import plain
from tests import factories
from tests.clients import Client

ROUNDS = rounds(60)
WORDS = 3_000
MOST = 50  # milliseconds


def long_draft() -> Edition:
    """The draft of a condition of its own, with `WORDS` words in its sections."""
    edition, words = factories.draft(factories.condition("long"), sections=()), 0
    for order, section in enumerate(Section.objects.filter(edition__language="en").order_by("pk")):
        if words < WORDS:
            words += len(plain(section.body).split())
            Section.objects.create(edition=edition, order=order, kind=section.kind, body=section.body)
    print(f"{words} words in {edition.sections.count()} sections")
    return edition


def measure(act: Callable[[], Any]) -> tuple[float, float]:
    """(milliseconds of the first round with nothing known, median of the others)."""
    syllables.cache_clear()
    taken = []
    for _round in range(ROUNDS + 1):
        start = time.perf_counter()
        act()
        taken.append((time.perf_counter() - start) * 1000)
    return taken[0], statistics.median(taken[1:])


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    call_command("load_demo", verbosity=0)
    edition = long_draft()
    draft = stored_draft(edition)
    client = Client(headers={"host": "localhost"})
    client.force_login(factories.staff("edith", "view_edition", "change_edition"))
    form = {name: getattr(edition, name) for name in TEXT_FIELDS} | {f"{box}-body": row.body for box, row in draft.sections}
    address = reverse("admin:conditions_edition_coach", args=[edition.pk])
    words = vocabulary(draft)
    if client.post(address, form).status_code != 200:
        raise SystemExit(f"{address} does not answer")
    figures = {
        "the notes alone": measure(lambda: advise(draft, words)),
        "the whole answer": measure(lambda: client.post(address, form)),
    }
    print(f"{'':20}{'first: ms':>10}{'median: ms':>12}")
    for name, (first, median) in figures.items():
        print(f"{name:20}{first:10.1f}{median:12.1f}")
    if figures["the notes alone"][1] > MOST:
        sys.exit(f"The coach takes more than {MOST} ms.")
