"""The conditions from A to Z, and the medical words in plain ones."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext as _

from conditions.forms import OTHER_LETTER, GlossaryFilter, IndexFilter
from conditions.models import FALLBACK, Condition, ConditionName, Edition, GlossaryTerm
from conditions.models.condition import LETTERS
from directory.models import Department
from foundation.pages.http import alternates, public_page

AT_ONCE, PER_PAGE = 200, 60


@dataclass(frozen=True)
class Listing:
    """What is shown. `letter` and `page` (from 1) are "" and 0 where everything is; `used` are the letters with something."""

    rows: list[Any]
    used: set[str]
    letter: str = ""
    page: int = 0
    more: bool = False


def list_terms(language: str, letter: str, page: int, word: str = "") -> Listing:
    """The glossary of a language; of a long one the page with `word`, a slug, if it is named."""
    terms = GlossaryTerm.objects.a_to_z(language)
    term = terms.filter(slug=word).first() if word else None
    if term:
        same = Q(folded=term.folded, pk__lt=term.pk)  # as `a_to_z` sorts them
        letter, before = term.letter, terms.filter(Q(folded__lt=term.folded) | same, letter=term.letter)
        page = before.count() // PER_PAGE + 1
    return _listing(terms, letter, page)


def _listing(rows: QuerySet[Any], letter: str, page: int) -> Listing:
    """Of rows with `letter`, in order. An empty page leads to the first."""
    used, is_long = _letters(rows)
    if not is_long:
        return Listing(list(rows) if used else [], used)
    letter = letter or min(used)
    start = (page - 1) * PER_PAGE
    shown = list(rows.filter(letter=letter)[start : start + PER_PAGE + 1])
    if page > 1 and not shown:
        return _listing(rows, letter, 1)
    return Listing(shown[:PER_PAGE], used, letter, page, len(shown) > PER_PAGE)


def _names(language: str, department: str) -> QuerySet[ConditionName]:
    """In order, in the reader's language where the condition has any name in it, else in English; of one department if it is named.

    Each carries `preferred`, the preferred name of its condition in the same language.
    """
    visible = ConditionName.objects.filter(kind__in=ConditionName.SHOWN)
    own = visible.filter(condition=OuterRef("condition"), language=language)
    public = Edition.objects.public().filter(condition=OuterRef("condition"), language__in=[language, "en"])
    names = visible.filter(Q(language=language) | Q(~Exists(own), language="en"), Exists(public))
    if department:
        treated = Condition.departments.through.objects.filter(condition=OuterRef("condition"))
        names = names.filter(Exists(treated.filter(department__slug=department)))
    preferred = ConditionName.objects.filter(
        condition=OuterRef("condition"), language=OuterRef("language"), kind=ConditionName.Kind.PREFERRED
    )
    names = names.annotate(preferred=Subquery(preferred.values("text")[:1])).select_related("condition")
    return names.order_by("letter", "folded", "language", "pk")


def _letters(rows: QuerySet[Any]) -> tuple[set[str], bool]:
    """The letters that have a row, and whether there are more than `AT_ONCE`. One query that counts none."""
    unordered = rows.order_by()
    flags = [Exists(unordered.filter(letter=letter)) for letter in LETTERS]
    found = rows.model.objects.order_by().values_list(*flags, Exists(unordered[AT_ONCE : AT_ONCE + 1])).first()
    if found is None:
        return set(), False
    *has_rows, is_long = found
    return {letter for letter, has_row in zip(LETTERS, has_rows, strict=True) if has_row}, is_long


@public_page(query=("department", "letter", "page"))
def index(request: HttpRequest) -> HttpResponse:
    treats_any = Condition.departments.through.objects.filter(department=OuterRef("pk"))
    departments = list(Department.objects.filter(Exists(treats_any)))
    form = IndexFilter(request.GET, departments)
    form.is_valid()
    chosen, letter, page = (form.cleaned_data.get(name) for name in ("department", "letter", "page"))
    listing = _listing(_names(get_language() or FALLBACK, chosen or ""), letter or "", page or 1)
    context = _listed(request, listing, chosen) | {
        "form": form,
        "chosen": next((department for department in departments if department.slug == chosen), None),
        "crumbs": [(_("Home"), reverse("home")), (_("Conditions"), "")],
    }
    return render(request, "conditions/index.html", context)


@public_page(query=("letter", "page", "word"))
def glossary(request: HttpRequest) -> HttpResponse:
    """Every word of the reader's language, sorted and grouped as the names of conditions are."""
    form = GlossaryFilter(request.GET)
    form.is_valid()
    letter, page, word = (form.cleaned_data.get(name) for name in ("letter", "page", "word"))
    listing = list_terms(get_language() or FALLBACK, letter or "", page or 1, word or "")
    context = _listed(request, listing) | {"crumbs": [(_("Home"), reverse("home")), (_("Medical words explained"), "")]}
    if word:
        context["alternates"] = []  # the language link keeps the word, which stands on another page there
    return render(request, "conditions/glossary.html", context)


def _listed(request: HttpRequest, listing: Listing, department: str | None = None) -> dict[str, Any]:
    """What both pages show of a listing: its rows by letter, the ways to other letters and pages, its own address."""
    query = _query(listing, department)
    return {
        "listing": listing,
        "groups": [(letter, list(rows)) for letter, rows in groupby(listing.rows, key=lambda row: row.letter)],
        "letters": [
            (letter, _address(letter, listing, department), letter == listing.letter)
            for letter in LETTERS
            if letter in listing.used or letter != "#"
        ],
        "pages": [_address(listing.letter, listing, department, listing.page + step) for step in (-1, 1)],
        "canonical": request.path + query,
        "alternates": [] if department else alternates(request, query),
    }


def _query(listing: Listing, department: str | None) -> str:
    """What tells this page from the list's front; a filtered list is no page of its own to search engines."""
    if not listing.letter or department:
        return ""
    letter = {"letter": _name(listing.letter)} if listing.letter != min(listing.used) else {}
    query = urlencode(letter | ({"page": str(listing.page)} if listing.page > 1 else {}))
    return f"?{query}" if query else ""


def _name(letter: str) -> str:
    return OTHER_LETTER if letter == "#" else letter


def _address(letter: str, listing: Listing, department: str | None, page: int = 1) -> str:
    """Of a letter: its place on this page, or the page it has to itself; "" where there is nothing."""
    name = _name(letter)
    if letter not in listing.used or page < 1 or (page > listing.page and page > 1 and not listing.more):
        return ""
    if not listing.letter:
        return f"#{name}"
    query = {"department": department, "letter": name, "page": page if page > 1 else None}
    return f"?{urlencode({key: value for key, value in query.items() if value})}"
