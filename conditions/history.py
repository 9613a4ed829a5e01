"""What the page on a condition said before: every edition that was ever shown, with its days."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from conditions.models import Condition, Edition
from conditions.models.edition import FALLBACK
from foundation.pages.http import Moved


@dataclass(frozen=True)
class Publication:
    """An edition and the moment (UTC) its days on the page ended; None for the one that is shown today."""

    edition: Edition
    until: datetime | None


def publications(slug: str, view: str, *rest: int) -> list[Publication]:
    """Newest first, in the reader's language, else in English. Raises Moved for an old slug, Http404 if nothing was shown."""
    was_shown = Q(withdrawn_at=None) | Q(withdrawn_at__gt=F("publish_at"))
    found = Edition.objects.exclude(status__in=Edition.OPEN).filter(was_shown, publish_at__lte=timezone.now())
    found = found.filter(condition__slug=slug, language__in=[get_language(), FALLBACK]).order_by("-publish_at", "-number")
    rows = list(found.select_related("condition", "reviewed_by").prefetch_related("condition__names"))
    if not rows:
        former = Condition.renamed(slug)
        if former is None:
            raise Http404
        raise Moved(reverse(view, args=[former.slug, *rest]))
    return _dated([row for row in rows if row.language == get_language()] or rows)


def _dated(newest_first: list[Edition]) -> list[Publication]:
    """An edition ends with its withdrawal, or when the next one that stayed takes its place."""
    rows, replaced_at = [], None
    for edition in newest_first:
        rows.append(Publication(edition, edition.withdrawn_at or replaced_at))
        replaced_at = replaced_at if edition.withdrawn_at else edition.publish_at
    return rows
