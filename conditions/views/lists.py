"""The conditions from A to Z, and the medical words in plain ones."""

from collections.abc import Iterable
from itertools import groupby
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conditions import a_to_z
from conditions.forms import Filter
from conditions.models import GlossaryTerm
from conditions.models.condition import LETTERS, Letter
from conditions.page_context import FALLBACK, addresses
from foundation.pages.http import public_page
from foundation.search.fold import fold

OTHER = "other"  # what `#` is called in addresses


@public_page(query=("department", "letter", "page"))
def index(request: HttpRequest) -> HttpResponse:
    """Every shown name of every condition with a page, under its letter. Knows `department`, `letter` and `page`."""
    departments = a_to_z.departments()
    form = Filter(request.GET, departments)
    form.is_valid()
    chosen, letter, page = (form.cleaned_data.get(name) for name in ("department", "letter", "page"))
    listing = a_to_z.read(get_language() or FALLBACK, chosen or "", "#" if letter == OTHER else letter or "", page or 1)
    query = _query(listing, chosen)
    context = {
        "form": form,
        "chosen": next((department for department in departments if department.slug == chosen), None),
        "listing": listing,
        "groups": [(letter, list(entries)) for letter, entries in groupby(listing.entries, key=lambda entry: entry.letter)],
        "letters": [
            (letter, _address(letter, listing, chosen), letter == listing.letter) for letter in _alphabet(listing.used)
        ],
        "pages": [_address(listing.letter, listing, chosen, listing.page + step) for step in (-1, 1)],
        "canonical": reverse("conditions:index") + query,
        "alternates": [(language, address + query) for language, address in addresses("conditions:index")],
        "crumbs": [(_("Home"), reverse("home")), (_("Conditions"), "")],
    }
    return render(request, "conditions/index.html", context)


def _query(listing: a_to_z.Listing, department: str | None) -> str:
    """What tells this page from the list's front; a filtered list is no page of its own to search engines."""
    if not listing.letter or department:
        return ""
    letter = {"letter": _name(listing.letter)} if listing.letter != min(listing.used) else {}
    query = urlencode(letter | ({"page": str(listing.page)} if listing.page > 1 else {}))
    return f"?{query}" if query else ""


def _name(letter: str) -> str:
    return OTHER if letter == "#" else letter


def _address(letter: str, listing: a_to_z.Listing, department: str | None, page: int = 1) -> str:
    """Of a letter: its place on this page, or the page it has to itself; "" where there is nothing."""
    name = _name(letter)
    if letter not in listing.used or page < 1 or (page > listing.page and page > 1 and not listing.more):
        return ""
    if not listing.letter:
        return f"#{name}"
    asked = {"department": department, "letter": name, "page": page if page > 1 else None}
    return f"?{urlencode({key: value for key, value in asked.items() if value})}"


@public_page
def glossary(request: HttpRequest) -> HttpResponse:
    """Every word of the reader's language under its letter."""
    groups = _by_letter(GlossaryTerm.objects.filter(language=get_language()))
    used = {letter for letter, _terms in groups}
    context = {
        "groups": groups,
        "letters": [(letter, f"#{_name(letter)}" if letter in used else "", False) for letter in _alphabet(used)],
        "alternates": addresses("conditions:glossary"),
        "crumbs": [(_("Home"), reverse("home")), (_("Medical words explained"), "")],
    }
    return render(request, "conditions/glossary.html", context)


def _by_letter(terms: Iterable[GlossaryTerm]) -> list[tuple[str, list[GlossaryTerm]]]:
    """Sorted and grouped as the names of conditions are."""
    letter = Letter().made_of
    rows = sorted((fold(term.term), term.pk, term) for term in terms)
    groups = groupby(sorted(rows, key=lambda row: letter(row[0])), key=lambda row: letter(row[0]))
    return [(first, [term for _folded, _pk, term in own]) for first, own in groups]


def _alphabet(used: set[str]) -> list[str]:
    """All letters; `#` only if it has an entry."""
    return [letter for letter in LETTERS if letter in used or letter != "#"]
