"""The conditions from A to Z, and the medical words in plain ones."""

import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conditions.forms import Filter
from conditions.models import Condition, ConditionName, Edition, GlossaryTerm
from conditions.reading import FALLBACK, addresses
from directory.models import Department
from foundation.publishing.http import public_page
from foundation.search.fold import fold

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """One name in the list; `see` is the preferred name if this is another one, `lang` is "" in the reader's language."""

    text: str
    url: str
    see: str
    lang: str


@public_page(query=("department",))
def index(request: HttpRequest) -> HttpResponse:
    """Every shown name of every condition with a page, under its letter."""
    departments = list(Department.objects.filter(conditions__in=Condition.objects.all()).distinct())
    form = Filter(request.GET, departments)
    chosen = form.cleaned_data["department"] if form.is_valid() else ""
    groups = by_letter(_entries(chosen), lambda entry: entry.text)
    context = {
        "form": form,
        "chosen": next((department for department in departments if department.slug == chosen), None),
        "groups": groups,
        "letters": letters(groups),
        "alternates": addresses("conditions:index"),
        "crumbs": [(_("Home"), reverse("home")), (_("Conditions"), "")],
    }
    return render(request, "conditions/index.html", context)


@public_page
def glossary(request: HttpRequest) -> HttpResponse:
    """Every word of the reader's language under its letter."""
    groups = by_letter(GlossaryTerm.objects.filter(language=get_language()), lambda term: term.term)
    context = {
        "groups": groups,
        "letters": letters(groups),
        "alternates": addresses("conditions:glossary"),
        "crumbs": [(_("Home"), reverse("home")), (_("Medical words explained"), "")],
    }
    return render(request, "conditions/glossary.html", context)


def _entries(department: str) -> list[Entry]:
    language = get_language() or FALLBACK
    live = Edition.objects.live().filter(language__in=[language, FALLBACK])
    if department:
        live = live.filter(condition__departments__slug=department)
    readable = live.values("condition")
    names = ConditionName.objects.filter(condition__in=readable, kind__in=ConditionName.SHOWN).select_related("condition")
    own = {name.condition_id for name in names if name.language == language}
    shown = [name for name in names if name.language == (language if name.condition_id in own else FALLBACK)]
    preferred = {name.condition_id: name.text for name in shown if name.kind == ConditionName.Kind.PREFERRED}
    return [
        Entry(
            name.text,
            name.condition.get_absolute_url(),
            "" if name.kind == ConditionName.Kind.PREFERRED else preferred.get(name.condition_id, ""),
            name.language if name.language != language else "",
        )
        for name in shown
    ]


def by_letter(rows: Iterable[T], text: Callable[[T], str]) -> list[tuple[str, list[T]]]:
    """`rows` sorted by their folded text and grouped under its first letter; what starts otherwise is under `#`."""
    groups: dict[str, list[T]] = {}
    for row in sorted(rows, key=lambda row: fold(text(row))):
        first = fold(text(row))[:1].upper()
        groups.setdefault(first if first in string.ascii_uppercase and first else "#", []).append(row)
    return sorted(groups.items())


def letters(groups: list[tuple[str, list[T]]]) -> list[tuple[str, bool]]:
    """The alphabet, and whether each letter has an entry; `#` only if it has."""
    used = {letter for letter, _rows in groups}
    return [(letter, letter in used) for letter in ("#" if "#" in used else "") + string.ascii_uppercase]
