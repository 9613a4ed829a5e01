"""The conditions from A to Z, and the medical words in plain ones."""

from collections.abc import Mapping
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
from conditions.forms import OTHER_LETTER, IndexFilter, LetterFilter
from conditions.models import Condition, GlossaryTerm
from conditions.models.condition import LETTERS, letter_of
from conditions.models.edition import FALLBACK
from conditions.page_context import addresses
from directory.models import Department
from foundation.pages.http import public_page
from foundation.search.fold import fold

MOST_WORDS = 300  # of the glossary on one page


@public_page(query=("department", "letter", "page"))
def index(request: HttpRequest) -> HttpResponse:
    treats_any = Condition.departments.through.objects.filter(department=OuterRef("pk"))
    departments = list(Department.objects.filter(Exists(treats_any)))
    form = IndexFilter(request.GET, departments)
    form.is_valid()
    chosen, letter, page = (form.cleaned_data.get(name) for name in ("department", "letter", "page"))
    listing = a_to_z.list_names(get_language() or FALLBACK, chosen or "", letter or "", page or 1)
    query = _query(listing, chosen)
    context = {
        "form": form,
        "chosen": next((department for department in departments if department.slug == chosen), None),
        "listing": listing,
        "groups": [(letter, list(names)) for letter, names in groupby(listing.names, key=lambda name: name.letter)],
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


@public_page(query=("letter",))
def glossary(request: HttpRequest) -> HttpResponse:
    """Every word of the reader's language under its letter, sorted and grouped as the names of conditions are; of many words, one letter's."""
    terms = GlossaryTerm.objects.filter(language=get_language())
    rows = sorted((letter_of(fold(term.term)), fold(term.term), term.pk, term) for term in terms)
    groups = {letter: [row[-1] for row in own] for letter, own in groupby(rows, key=lambda row: row[0])}
    shown = _letter_of_glossary(request, groups) if len(rows) > MOST_WORDS else ""
    query = f"?letter={_name(shown)}" if shown and shown != min(groups) else ""
    context = {
        "groups": [(shown, groups[shown])] if shown else groups.items(),
        "letters": [
            (letter, _place(letter, shown) if letter in groups else "", letter == shown) for letter in _alphabet(set(groups))
        ],
        "canonical": reverse("conditions:glossary") + query,
        "alternates": [(language, address + query) for language, address in addresses("conditions:glossary")],
        "crumbs": [(_("Home"), reverse("home")), (_("Medical words explained"), "")],
    }
    return render(request, "conditions/glossary.html", context)


def _letter_of_glossary(request: HttpRequest, groups: Mapping[str, Any]) -> str:
    form = LetterFilter(request.GET)
    form.is_valid()
    asked: str = form.cleaned_data.get("letter", "")
    return asked if asked in groups else min(groups)


def _place(letter: str, shown: str) -> str:
    """Of a letter with words: a page of its own where one letter is `shown`, else its heading."""
    return f"?letter={_name(letter)}" if shown else f"#{_name(letter)}"


def _alphabet(used: set[str]) -> list[str]:
    """All letters; `#` only if it has an entry."""
    return [letter for letter in LETTERS if letter in used or letter != "#"]
