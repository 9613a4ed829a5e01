"""The conditions from A to Z, and the medical words in plain ones."""

from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conditions import a_to_z
from conditions.forms import OTHER_LETTER, GlossaryFilter, IndexFilter
from conditions.models import Condition
from conditions.models.condition import LETTERS
from conditions.models.edition import FALLBACK
from conditions.page_context import addresses
from directory.models import Department
from foundation.pages.http import public_page


@public_page(query=("department", "letter", "page"))
def index(request: HttpRequest) -> HttpResponse:
    treats_any = Condition.departments.through.objects.filter(department=OuterRef("pk"))
    departments = list(Department.objects.filter(Exists(treats_any)))
    form = IndexFilter(request.GET, departments)
    form.is_valid()
    chosen, letter, page = (form.cleaned_data.get(name) for name in ("department", "letter", "page"))
    listing = a_to_z.list_names(get_language() or FALLBACK, chosen or "", letter or "", page or 1)
    context = _listed("conditions:index", listing, chosen) | {
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
    listing = a_to_z.list_terms(get_language() or FALLBACK, letter or "", page or 1, word or "")
    context = _listed("conditions:glossary", listing)
    if word:
        context["alternates"] = []  # the language link keeps the word, which stands on another page there
    context["crumbs"] = [(_("Home"), reverse("home")), (_("Medical words explained"), "")]
    return render(request, "conditions/glossary.html", context)


def _listed(view: str, listing: a_to_z.Listing, department: str | None = None) -> dict[str, Any]:
    """What both pages show of a listing: its rows by letter, the ways to other letters and pages, its own address."""
    query = _query(listing, department)
    return {
        "listing": listing,
        "groups": [(letter, list(rows)) for letter, rows in groupby(listing.rows, key=lambda row: row.letter)],
        "letters": [
            (letter, _address(letter, listing, department), letter == listing.letter) for letter in _alphabet(listing.used)
        ],
        "pages": [_address(listing.letter, listing, department, listing.page + step) for step in (-1, 1)],
        "canonical": reverse(view) + query,
        "alternates": [] if department else [(language, address + query) for language, address in addresses(view)],
    }


def _query(listing: a_to_z.Listing, department: str | None) -> str:
    """What tells this page from the list's front; a filtered list is no page of its own to search engines."""
    if not listing.letter or department:
        return ""
    letter = {"letter": _name(listing.letter)} if listing.letter != min(listing.used) else {}
    query = urlencode(letter | ({"page": str(listing.page)} if listing.page > 1 else {}))
    return f"?{query}" if query else ""


def _name(letter: str) -> str:
    return OTHER_LETTER if letter == "#" else letter


def _address(letter: str, listing: a_to_z.Listing, department: str | None, page: int = 1) -> str:
    """Of a letter: its place on this page, or the page it has to itself; "" where there is nothing."""
    name = _name(letter)
    if letter not in listing.used or page < 1 or (page > listing.page and page > 1 and not listing.more):
        return ""
    if not listing.letter:
        return f"#{name}"
    query = {"department": department, "letter": name, "page": page if page > 1 else None}
    return f"?{urlencode({key: value for key, value in query.items() if value})}"


def _alphabet(used: set[str]) -> list[str]:
    return [letter for letter in LETTERS if letter in used or letter != "#"]
