"""Names and words from A to Z: all at once while there are few, else one letter and one page of it at a time."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from conditions.models import Condition, ConditionName, Edition, GlossaryTerm
from conditions.models.condition import LETTERS

AT_ONCE, PER_PAGE = 200, 60


@dataclass(frozen=True)
class Listing:
    """What is shown. `letter` and `page` (from 1) are "" and 0 where everything is; `used` are the letters with something."""

    rows: list[Any]
    used: set[str]
    letter: str = ""
    page: int = 0
    more: bool = False


def list_names(language: str, department: str, letter: str, page: int) -> Listing:
    """The names for readers of a language, of one department's conditions if it is named.

    Each carries `preferred`, the preferred name of its condition in the same language.
    """
    return _listing(_names(language, department), letter, page)


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
    """In order, in the reader's language where the condition has any name in it, else in English."""
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
