"""Showing and hiding what is `Publishable`."""

from datetime import datetime

from django.utils import timezone

from foundation.pages.models import Publishable


def publish(item: Publishable, *, at: datetime | None = None) -> None:
    """Draft → published, shown from `at` (UTC), else from the date it carries, else from now. Saves."""
    item.status = Publishable.Status.PUBLISHED
    item.publish_at = at or item.publish_at or timezone.now()
    item.save()


def unpublish(item: Publishable) -> None:
    """Published → draft: no longer shown, at once. Saves."""
    item.status = Publishable.Status.DRAFT
    item.save()
