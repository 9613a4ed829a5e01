"""The conditions from A to Z: every name at once while there are few, else one letter and one page of it at a time."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from conditions.models import Condition, ConditionName, Edition
from conditions.models.condition import LETTERS

AT_ONCE, PER_PAGE = 200, 60


@dataclass(frozen=True)
class Listing:
    """What is shown. `letter` and `page` (from 1) are "" and 0 where everything is; `used` are the letters with names.

    Each name carries `preferred`, the preferred name of its condition in the same language.
    """

    names: list[ConditionName]
    used: set[str]
    letter: str = ""
    page: int = 0
    more: bool = False


def list_names(language: str, department: str, letter: str, page: int) -> Listing:
    """The names for readers of a language, of one department's conditions if it is named. An empty page leads to the first."""
    names = _names(language, department)
    used, is_long = _letters(names)
    if not is_long:
        return Listing(list(names) if used else [], used)
    letter = letter or min(used)
    start = (page - 1) * PER_PAGE
    rows = list(names.filter(letter=letter)[start : start + PER_PAGE + 1])
    if page > 1 and not rows:
        return list_names(language, department, letter, 1)
    return Listing(rows[:PER_PAGE], used, letter, page, len(rows) > PER_PAGE)


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


def _letters(names: QuerySet[ConditionName]) -> tuple[set[str], bool]:
    """The letters that have a name, and whether there are more than `AT_ONCE`. One query that counts no name."""
    unordered = names.order_by()
    flags = [Exists(unordered.filter(letter=letter)) for letter in LETTERS]
    found = ConditionName.objects.order_by().values_list(*flags, Exists(unordered[AT_ONCE : AT_ONCE + 1])).first()
    if found is None:
        return set(), False
    *has_names, is_long = found
    return {letter for letter, has_name in zip(LETTERS, has_names, strict=True) if has_name}, is_long
