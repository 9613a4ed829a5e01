"""What the page on a condition asks the database, each question prepared once. Moments are UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import Case, Exists, F, Field, FilteredRelation, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from conditions.models import Condition, ConditionCode, ConditionName, Edition, GlossaryTerm, Section, Source
from directory.models import Department
from foundation.pages.prepared import Prepared, ask

Words = tuple[tuple[str, ...], ...]  # see `glossary`


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


class Cited(NamedTuple):
    """A `Source` as pages show it."""

    title: str
    publisher: str
    url: str
    date: str


class Reported(NamedTuple):
    """As much of a `NewsItem` as a list tells."""

    title: str
    slug: str
    language: str
    publish_at: datetime
    source_name: str


@dataclass(frozen=True)
class Around:
    """What stands around a text.

    `departments` are (name, slug, kind, phone, "1" if by video, place) with a row for each place, `neighbours` (slug, "1" if
    not to be confused with it, language, preferred name) with a row for each name; "" or None where there is none. Stories
    and news are those that may be told now, newest first, as far as a list tells them.
    """

    names: list[Called]
    codes: list[Coded]
    sources: list[Cited]
    departments: list[tuple[str, ...]]
    neighbours: list[tuple[str, ...]]
    stories: list[Any]
    news: list[Reported]


def text(edition: Edition) -> tuple[list[Section], Words]:
    """The sections, and the words of the glossary in their language."""
    found, words = ask(*_text(edition))
    return found, tuple(words)


def page(edition: Edition, language: str, now: datetime) -> tuple[list[Section], Words, Around]:
    """As `text`, and what stands around it for readers of a language."""
    found, words, near = ask(*_text(edition), (_around, _near(edition, language, now)))
    return found, tuple(words), _apart(near)


def around(edition: Edition, language: str, now: datetime) -> Around:
    """For readers of a language, in one query."""
    return _apart(_around(**_near(edition, language, now)))


def _text(edition: Edition) -> tuple[tuple[Prepared, dict[str, Any]], ...]:
    return (sections, {"edition": edition.pk}), (glossary, {"language": edition.language})


def _near(edition: Edition, language: str, now: datetime) -> dict[str, Any]:
    return {"edition": edition.pk, "condition": edition.condition_id, "language": language, "now": now}


def _apart(found: Iterable[tuple[Any, ...]]) -> Around:
    parts: tuple[list[Any], ...] = ([], [], [], [], [], [], [])
    for part, _place, _pk, *words in sorted(found):
        parts[part].append(words)
    names, codes, sources, departments, neighbours, stories, news = parts
    return Around(
        [Called(*row[:4]) for row in names],
        [Coded(*row[:2]) for row in codes],
        [Cited(*row[:4]) for row in sources],
        [tuple(row[:6]) for row in departments],
        [tuple(row[:4]) for row in neighbours],
        _newest_first(map(_story, stories)),
        _newest_first(map(_reported, news)),
    )


def _story(words: list[str]) -> Any:
    title, slug, language, published, name_shown, age_band, by_name, by_patient = words
    story: Any = Condition.stories.rel.related_model(
        title=title, slug=slug, language=language, name_shown=name_shown, age_band=age_band
    )
    story.publish_at, story.allows_name, story.patient_signed = _moment(published), bool(by_name), bool(by_patient)
    return story


def _reported(words: list[str]) -> Reported:
    title, slug, language, published, source_name, *_rest = words
    return Reported(title, slug, language, _moment(published), source_name)


def _moment(written: str) -> datetime:
    """As the database writes it; SQLite names no zone."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def _newest_first(rows: Iterable[Any]) -> list[Any]:
    """Of rows in the order in which they were made; of two of one moment the later made is first."""
    latest = list(rows)[::-1]
    return sorted(latest, key=lambda row: row.publish_at, reverse=True)


NAME, CODE, SOURCE, DEPARTMENT, NEIGHBOUR, STORY, NEWS = range(7)
WORDS = 8  # of the longest rows


@Prepared
def _around(edition: int, condition: int, language: str, now: datetime) -> QuerySet[Any, tuple[Any, ...]]:
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
    names = ConditionName.objects.filter(condition=condition, kind__in=ConditionName.SHOWN)
    told, reported = Condition(pk=condition).stories.published(now), Condition(pk=condition).news.published(now)
    teller = ("name_shown", "age_band", _flag(allows_name=True), _flag(patient_signed=True))
    return _rows(NAME, names, "language", "kind", "text", "say", pk="pk").union(
        _rows(CODE, ConditionCode.objects.filter(condition=condition), "system", "code", pk="pk"),
        _rows(SOURCE, Source.objects.filter(edition=edition), "title", "publisher", "url", "date", place="order", pk="pk"),
        _rows(DEPARTMENT, treat, "name", "slug", "kind", "phone", _flag(virtual=True), "locations__name", place="order"),
        _rows(NEIGHBOUR, near, "slug", _flag(mixed_up=True), "preferred__language", "preferred__text"),
        _rows(STORY, told, "title", "slug", "language", "publish_at", *teller, pk="pk"),
        _rows(NEWS, reported, "title", "slug", "language", "publish_at", "source_name", pk="pk"),
        all=True,
    )


def _rows(part: int, found: QuerySet[Any], *words: Any, place: str = "", pk: str = "") -> QuerySet[Any, tuple[Any, ...]]:
    """(part, place, number, `WORDS` words) of each row: all parts can stand in one answer, and sort by what stands there."""
    numbers = [F(name) if name else Value(0, Field()) for name in (place, pk)]
    padded = [F(word) if isinstance(word, str) else word for word in words] + [Value("")] * (WORDS - len(words))
    return found.order_by().values_list(Value(part, Field()), *numbers, *(Cast(word, TextField()) for word in padded))


def _flag(**true: bool) -> Case:
    return Case(When(**true, then=Value("1")), default=Value(""))
