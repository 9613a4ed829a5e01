"""What readers see of stories, only while their families allow it."""

from datetime import datetime, timedelta

from django.db.models import Q

from foundation.pages.registry import Ends, PublicContent, PublishedSitemap, published, register
from foundation.prose.days import days_of, midnight
from stories.models import Authorization, Story


class StorySitemap(PublishedSitemap):
    model = Story


def _ends_of_consent(start: datetime, last: datetime) -> Ends:
    """By any paper of a story that is shown, also one of several: it may be the one that covers the name or the picture."""
    span = days_of(start, last)
    due = Q(expires_on__range=span) | Q(revoked_on__range=span) | Q(turns_18_on__range=span)
    for paper in Authorization.objects.filter(due, story__status=Story.Status.PUBLISHED).select_related("story"):
        days = (paper.expires_on + timedelta(days=1), paper.revoked_on, paper.turns_18_on)
        yield from ((midnight(day), paper.story.get_absolute_url()) for day in days if day)


register(
    published(Story, StorySitemap, lists=("stories:index",)),
    PublicContent(Authorization, ends=_ends_of_consent),
    Story.conditions.through,
)
