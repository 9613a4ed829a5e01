"""What the page on a condition asks the database, each question prepared once. Moments are UTC."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet

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
def names(condition: int) -> QuerySet[ConditionName]:
    """All of its names."""
    return ConditionName.objects.filter(condition=condition)


@Prepared
def codes(condition: int) -> QuerySet[ConditionCode]:
    """All of its codes."""
    return ConditionCode.objects.filter(condition=condition)


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


@Prepared
def departments(condition: int) -> QuerySet[Department, tuple[Any, ...]]:
    """(slug, kind, name, phone, by video, place) of those that treat it: a row for each place, or one without."""
    found = Department.objects.filter(conditions=condition).order_by("order", "name", "locations__name")
    return found.values_list("slug", "kind", "name", "phone", "virtual", "locations__name")


@Prepared
def neighbours(condition: int, language: str, now: datetime) -> QuerySet[Condition, tuple[Any, ...]]:
    """(slug, not to be confused with it, language, preferred name) of those with a page to read: a row for each name."""
    related = Condition.related.through.objects.filter(from_condition=condition)
    mixed_up = Condition.not_to_be_confused_with.through.objects.filter(from_condition=condition)
    ids = related.values("to_condition").union(mixed_up.values("to_condition"))
    found = (
        Condition.objects.readable(language, now)
        .filter(pk__in=ids)
        .annotate(
            mixed_up=Exists(mixed_up.filter(to_condition=OuterRef("pk"))),
            preferred=FilteredRelation("names", condition=Q(names__kind=ConditionName.Kind.PREFERRED)),
        )
    )
    found = found.order_by("slug", "preferred__language", "preferred__pk")
    return found.values_list("slug", "mixed_up", "preferred__language", "preferred__text")


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
