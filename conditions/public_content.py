"""What readers see of conditions, and in which texts editors mend links.

Parts of an edition do not change what readers see: while they can be changed nobody sees them, and once people see them they
cannot be.
"""

from datetime import datetime
from functools import partial
from typing import Any, cast

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _, override

from conditions.models import Condition, ConditionCode, ConditionName, Edition, GlossaryTerm, Section, Source
from foundation.adminkit.verbs import in_words
from foundation.links import link_index
from foundation.pages.registry import Ends, PageSitemap, PublicContent, only_on, register


class ConditionSitemap(PageSitemap):
    """In the languages that have a live edition."""

    def items(self) -> QuerySet[Condition]:
        live = Edition.objects.live().only("condition", "language", "publish_at").order_by("language")
        public = Edition.objects.public().filter(condition=OuterRef("pk"))
        return Condition.objects.filter(Exists(public)).prefetch_related(Prefetch("editions", live, to_attr="live"))

    def get_languages_for_item(self, item: Any) -> list[str]:
        return [edition.language for edition in item.live]

    def lastmod(self, item: Any) -> datetime:
        return max(edition.publish_at for edition in item.live)


def _why_hidden(ids: list[int]) -> dict[int, str]:
    words = dict.fromkeys(Condition.objects.filter(pk__in=ids).values_list("pk", flat=True), _("It has no published text."))
    withdrawn = Edition.objects.filter(condition__in=ids, status=Edition.Status.WITHDRAWN).order_by("withdrawn_at")
    for edition in withdrawn:
        facts = {"day": in_words(cast("datetime", edition.withdrawn_at)), "why": edition.withdrawn_reason}
        words[edition.condition_id] = _("It was withdrawn on %(day)s: %(why)s") % facts
    return words


def _replaced(start: datetime, last: datetime) -> Ends:
    """The page of a condition, when another text takes its place. That of an English one may stand in for others."""
    coming = Edition.objects.filter(status=Edition.Status.APPROVED, publish_at__gt=start, publish_at__lte=last)
    for edition in coming.select_related("condition"):
        with override(edition.language):
            yield cast("datetime", edition.publish_at), only_on(edition.condition.get_absolute_url())


def _parts_in_work(model: Any) -> QuerySet[Any]:
    """Sections or sources of editions that are open, live or to come: earlier versions are kept as they were."""
    coming = Q(status=Edition.Status.APPROVED, publish_at__gt=timezone.now())
    live = Q(pk__in=Edition.objects.live().values("pk"))
    rows = model.objects.filter(edition__in=Edition.objects.filter(Q(status__in=Edition.OPEN) | live | coming))
    return rows.select_related("edition__condition").prefetch_related("edition__condition__names")


register(
    PublicContent(
        Condition,
        lists=("conditions:index", "conditions:glossary"),
        sitemap=ConditionSitemap,
        visible=Condition.objects.readable,
        why_hidden=_why_hidden,
    ),
    PublicContent(Edition, only="{row}.status IN ('approved', 'withdrawn')", moments=("publish_at",), ends=_replaced),
    *(ConditionName, ConditionCode, GlossaryTerm),
    *(Condition.departments.through, Condition.related.through, Condition.not_to_be_confused_with.through),
)
link_index.register(
    link_index.Text(Section, partial(_parts_in_work, Section), lambda section: section.edition),
    link_index.Text(Source, partial(_parts_in_work, Source), lambda source: source.edition),
)
