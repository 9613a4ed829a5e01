"""What the page on a condition asks the database, each question prepared once. Moments are UTC."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from conditions.models import Condition, ConditionCode, ConditionName, Edition, GlossaryTerm, Section, Source
from directory.models import Department
from foundation.publishing.prepared import Prepared


@Prepared
def editions(slug: str, now: datetime) -> QuerySet[Edition]:
    """The live ones, and those that were withdrawn after they had been shown, with condition and reviewer."""
    withdrawn = Edition.objects.filter(status=Edition.Status.WITHDRAWN, withdrawn_at__gt=F("publish_at"))
    found = (Edition.objects.live(now) | withdrawn).filter(condition__slug=slug).order_by("withdrawn_at")
    return found.select_related("condition", "reviewed_by")


@Prepared
def sections(edition: int) -> QuerySet[Section]:
    """In order, each with what the library says of its picture."""
    return Section.objects.filter(edition=edition)


@Prepared
def sources(edition: int) -> QuerySet[Source]:
    """In order."""
    return Source.objects.filter(edition=edition)


@Prepared
def glossary(language: str) -> QuerySet[GlossaryTerm, tuple[str, ...]]:
    """(word, definition, how to say it, other forms) of every word of the language."""
    return GlossaryTerm.objects.filter(language=language).values_list("term", "definition", "say", "also")


class Called(NamedTuple):
    """As much of a `ConditionName` as pages show."""

    language: str
    kind: str
    text: str
    say: str


class Coded(NamedTuple):
    """As much of a `ConditionCode` as pages tell."""

    system: str
    code: str


@dataclass(frozen=True)
class Around:
    """What stands around a text.

    `departments` are (name, slug, kind, phone, "1" if by video, place) with a row for each place, `neighbours` (slug, "1" if
    not to be confused with it, language, preferred name) with a row for each name; "" or None where there is none.
    """

    names: list[Called]
    codes: list[Coded]
    departments: list[tuple[str, ...]]
    neighbours: list[tuple[str, ...]]


def around(condition: int, language: str, now: datetime) -> Around:
    """For readers of a language, in one query."""
    parts: tuple[list[Any], ...] = ([], [], [], [])
    for part, _place, _pk, *words in sorted(_around(condition=condition, language=language, now=now)):
        parts[part].append(words)
    names, codes, departments, neighbours = parts
    return Around([Called(*row[:4]) for row in names], [Coded(*row[:2]) for row in codes], departments, neighbours)


NAME, CODE, DEPARTMENT, NEIGHBOUR = range(4)


@Prepared
def _around(condition: int, language: str, now: datetime) -> QuerySet[Any, tuple[Any, ...]]:
    treat = Department.objects.filter(conditions=condition)
    related = Condition.related.through.objects.filter(from_condition=condition)
    mixed_up = Condition.not_to_be_confused_with.through.objects.filter(from_condition=condition)
    ids = related.values("to_condition").union(mixed_up.values("to_condition"))
    near = (
        Condition.objects.readable(language, now)
        .prefetch_related(None)
        .filter(pk__in=ids)
        .annotate(
            mixed_up=Exists(mixed_up.filter(to_condition=OuterRef("pk"))),
            preferred=FilteredRelation("names", condition=Q(names__kind=ConditionName.Kind.PREFERRED)),
        )
    )
    names = ConditionName.objects.filter(condition=condition)
    return _rows(NAME, names, "language", "kind", "text", "say", pk="pk").union(
        _rows(CODE, ConditionCode.objects.filter(condition=condition), "system", "code", pk="pk"),
        _rows(DEPARTMENT, treat, "name", "slug", "kind", "phone", _flag(virtual=True), "locations__name", place="order"),
        _rows(NEIGHBOUR, near, "slug", _flag(mixed_up=True), "preferred__language", "preferred__text"),
        all=True,
    )


def _rows(part: int, found: QuerySet[Any], *words: Any, place: str = "", pk: str = "") -> QuerySet[Any, tuple[Any, ...]]:
    """(part, place, number, six words) of each row: all parts can stand in one answer, and sort by what stands there."""
    numbers = [F(name) if name else Value(0) for name in (place, pk)]
    padded = [F(word) if isinstance(word, str) else word for word in words] + [Value("")] * (6 - len(words))
    return found.order_by().values_list(Value(part), *numbers, *(Cast(word, TextField()) for word in padded))


def _flag(**true: bool) -> Case:
    return Case(When(**true, then=Value("1")), default=Value(""))


@Prepared
def stories(condition: int, now: datetime) -> QuerySet[Any]:
    """Its success stories that may be told now, as far as a list tells them."""
    found = Condition(pk=condition).stories.published(now)
    return found.only("title", "slug", "language", "name_shown", "age_band")


@Prepared
def news(condition: int, now: datetime) -> QuerySet[Any]:
    """Its news, as far as a list tells them."""
    found = Condition(pk=condition).news.published(now)
    return found.only("title", "slug", "language", "publish_at", "source_name")
