"""Which pages are about a code; and codes that no page is about, counted for the editors: the code and how often, nothing else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import override

from conditions.models import Condition, ConditionCode, Edition, Section
from foundation.privacy.limits import allowed
from foundation.search.actions import count_code_miss
from portal.infobutton.question import Code, Question
from portal.server.outage import write_if_possible

Kind = Section.Kind
SECTIONS = {  # of the page, by the MeSH code of a subtopic
    "Q000175": Kind.DIAGNOSIS,
    "Q000628": Kind.TREATMENT,
    "Q000009": Kind.TREATMENT,  # adverse effects
    "Q000209": Kind.CAUSES,
    "D011379": Kind.OUTLOOK,  # prognosis
}

LONGEST = 20  # letters of a code, as in its column; what is longer is none


@dataclass(frozen=True)
class Page:
    slug: str
    title: str
    summary: str
    language: str
    path: str
    changed_at: datetime
    section: tuple[str, str] | None  # anchor and title of the part that was asked for


def pages_for(question: Question) -> list[Page]:
    """Those of all its codes, each once."""
    found = dict.fromkeys(conditions_with(question.codes))
    readable = {row.pk: row for row in Condition.objects.readable(question.language).filter(pk__in=found)}
    return [_page(readable[pk], question) for pk in found if pk in readable]


def conditions_with(codes: list[Code]) -> Iterator[int]:
    """Of each code those whose it is; else those whose code stands nearest above it and counts for all below. Records send leaves: M86.361."""
    lines = [(code, _line(code)) for code in codes if code.system and len(code.value) <= LONGEST]
    if not lines:
        return
    asked = reduce(or_, (Q(system=code.system, code__in=line) for code, line in lines))
    rows = list(ConditionCode.objects.filter(asked).order_by("condition__slug"))
    for code, line in lines:
        own = [row for row in rows if row.system == code.system and row.code in line]
        own = [row for row in own if row.code == code.value or row.includes_descendants]
        nearest = max((len(row.code) for row in own), default=0)
        yield from (row.condition_id for row in own if len(row.code) == nearest)


def _line(code: Code) -> set[str]:
    """The code, and of ICD-10-CM what stands above it."""
    shortest = 3 if code.system == ConditionCode.System.ICD_10_CM else len(code.value)
    return {code.value, *(code.value[:length] for length in range(shortest, len(code.value)))}


def _page(condition: Condition, question: Question) -> Page:
    live = Edition.objects.live().filter(condition=condition)
    edition = live.filter(language=question.language).first() or live.get(language="en")
    with override(edition.language):
        path, title = reverse("conditions:condition", args=[condition.slug]), str(condition)
        asked = [SECTIONS[code] for code in question.subtopics if code in SECTIONS]
        part = edition.sections.filter(kind__in=asked).first()
        section = (part.kind, str(part.heading or part.get_kind_display())) if part else None
    return Page(condition.slug, title, edition.summary, edition.language, path, edition.publish_at, section)  # type: ignore[arg-type]


MOST, PER = 300, timedelta(hours=1)  # from one address; more is no clinic


def count_codes(request: HttpRequest, question: Question) -> None:
    write_if_possible("a code without a page", lambda: _count(request, question))


def _count(request: HttpRequest, question: Question) -> None:
    """Only what has the form of a code."""
    forms = ConditionCode.FORMATS
    codes = [str(each) for each in question.codes if each.system and re.fullmatch(forms[each.system], each.value)]  # type: ignore[index]
    if codes and allowed(request, what="infobutton miss", most=MOST, per=PER):
        for code in codes:
            count_code_miss(code, question.language)
