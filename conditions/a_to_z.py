"""The conditions from A to Z: every name at once while there are few, else one letter and one page of it at a time.

Three questions, however many names there are: each letter is asked for one entry, and no name is counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from conditions.models import Condition, ConditionName, Edition
from conditions.models.condition import LETTERS
from directory.models import Department
from foundation.pages.http import addresses_of
from foundation.pages.prepared import Prepared

AT_ONCE, PER_PAGE = 200, 60


@dataclass(frozen=True)
class Entry:
    """One name in the list; `see` is the preferred name if this is another one, `lang` is "" in the reader's language."""

    letter: str
    text: str
    url: str
    see: str
    lang: str


@dataclass(frozen=True)
class Listing:
    """What is shown. `letter` and `page` (from 1) are "" and 0 where everything is; `used` are the letters with entries."""

    entries: list[Entry]
    used: set[str]
    letter: str = ""
    page: int = 0
    more: bool = False


def read(language: str, department: str, letter: str, page: int) -> Listing:
    """The names for readers of a language, of one department's conditions if it is named. An empty page leads to the first."""
    values: dict[str, Any] = {"language": language, "now": timezone.now()} | ({"department": department} if department else {})
    (*flags, many) = next(iter(_prepared(_flags, tuple(values))(**values)), (False,))
    used = {one for one, has_entries in zip(LETTERS, flags, strict=False) if has_entries}
    if not many:
        rows = _prepared(_listed, tuple(values), 0, AT_ONCE)(**values) if used else []
        return Listing(_entries(rows, language), used)
    values["letter"] = letter or min(used)
    rows = _prepared(_listed, tuple(values), (page - 1) * PER_PAGE, PER_PAGE + 1)(**values)
    if page > 1 and not rows:
        return read(language, department, letter, 1)
    return Listing(_entries(rows[:PER_PAGE], language), used, values["letter"], page, len(rows) > PER_PAGE)


def departments() -> list[Department]:
    """Those that treat any condition."""
    return _departments()


@Prepared
def _departments() -> QuerySet[Department]:
    treated = Condition.departments.through.objects.filter(department=OuterRef("pk"))
    return Department.objects.filter(Exists(treated))


@lru_cache(maxsize=200)
def _prepared(build: Callable[..., Any], names: tuple[str, ...], start: int = 0, most: int = 1) -> Prepared:
    """The place in the list is part of the SQL, so each place is prepared by itself, for the values of these `names`."""
    return Prepared(lambda **values: build(**values)[start : start + most])


def _names(language: str, now: datetime, department: str = "", letter: str = "") -> QuerySet[ConditionName]:
    """In the reader's language where the condition has any name in it, else in English."""
    own = ConditionName.objects.filter(condition=OuterRef("condition"), language=language, kind__in=ConditionName.SHOWN)
    public = Edition.objects.public(now).filter(condition=OuterRef("condition"), language__in=[language, "en"])
    found = ConditionName.objects.filter(Q(language=language) | Q(~Exists(own), language="en"), Exists(public))
    if department:
        treated = Condition.departments.through.objects.filter(condition=OuterRef("condition"))
        found = found.filter(Exists(treated.filter(department__slug=department)))
    return found.filter(kind__in=ConditionName.SHOWN, **({"letter": letter} if letter else {}))


def _listed(**values: Any) -> QuerySet[ConditionName, tuple[str, ...]]:
    """(letter, name, its kind, its language, slug, preferred name) in order."""
    preferred = ConditionName.objects.filter(
        condition=OuterRef("condition"), language=OuterRef("language"), kind=ConditionName.Kind.PREFERRED
    )
    found = _names(**values).annotate(see=Subquery(preferred.values("text")[:1]))
    found = found.order_by("letter", "folded", "language", "pk")
    return found.values_list("letter", "text", "kind", "language", "condition__slug", "see")


def _flags(**values: Any) -> QuerySet[ConditionName, tuple[bool, ...]]:
    """Whether each of `LETTERS` has an entry, and whether there are more than `AT_ONCE`; no row if there is no name at all."""
    names = _names(**values).order_by()
    flags = [Exists(names.filter(letter=one)) for one in LETTERS]
    return ConditionName.objects.order_by("pk").values_list(*flags, Exists(names[AT_ONCE : AT_ONCE + 1]))


def _entries(rows: list[Any], reader: str) -> list[Entry]:
    address = addresses_of("conditions:condition")
    return [
        Entry(
            letter,
            text,
            address(slug),
            "" if kind == ConditionName.Kind.PREFERRED else preferred or "",
            language if language != reader else "",
        )
        for letter, text, kind, language, slug, preferred in rows
    ]
