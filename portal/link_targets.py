"""What can be linked to and what holds links, as `foundation.links.link_index` needs to know it of every room."""

from datetime import datetime
from typing import cast

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from conditions.models import Condition, Edition, Section, Source
from directory.models import Clinician, Department
from foundation.adminkit.verbs import in_words
from foundation.links.link_index import Target, Text
from foundation.pages.models import PublishableQuerySet
from news.models import NewsItem
from stories.models import Story


def _worked_on() -> QuerySet[Edition]:
    """Open, live or to come: earlier versions are kept as they were."""
    coming = Q(status=Edition.Status.APPROVED, publish_at__gt=timezone.now())
    return Edition.objects.filter(Q(status__in=Edition.OPEN) | Q(pk__in=Edition.objects.live().values("pk")) | coming)


def _sections() -> QuerySet[Section]:
    rows = Section.objects.filter(edition__in=_worked_on())
    return rows.select_related("edition__condition").prefetch_related("edition__condition__names")


def _sources() -> QuerySet[Source]:
    rows = Source.objects.filter(edition__in=_worked_on())
    return rows.select_related("edition__condition").prefetch_related("edition__condition__names")


def _why_no_condition(ids: list[int]) -> dict[int, str]:
    words = dict.fromkeys(Condition.objects.filter(pk__in=ids).values_list("pk", flat=True), _("It has no published text."))
    withdrawn = Edition.objects.filter(condition__in=ids, status=Edition.Status.WITHDRAWN).order_by("withdrawn_at")
    for edition in withdrawn:
        told = {"day": in_words(cast("datetime", edition.withdrawn_at)), "why": edition.withdrawn_reason}
        words[edition.condition_id] = _("It was withdrawn on %(day)s: %(why)s") % told
    return words


def _why_hidden(rows: PublishableQuerySet) -> dict[int, str]:
    draft, hidden = _("It is a draft."), _("It is published, but visitors cannot see it now.")
    return {row.pk: hidden if row.is_published else draft for row in rows}


KNOWN: list[Target | Text] = [
    Target(Condition, Condition.objects.readable, _why_no_condition),
    Target(Department, lambda language: Department.objects.all()),
    Target(Clinician, lambda language: Clinician.objects.all()),
    Target(Story, lambda language: Story.objects.published(), lambda ids: _why_hidden(Story.objects.filter(pk__in=ids))),
    Target(
        NewsItem, lambda language: NewsItem.objects.published(), lambda ids: _why_hidden(NewsItem.objects.filter(pk__in=ids))
    ),
    Text(Section, _sections, lambda section: section.edition),
    Text(Source, _sources, lambda source: source.edition),
]
