"""Reminders: posted with the confirmation, true or dropped when their hour comes."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from appointments.actions.transitions import notify_family
from appointments.models import OfferedTime, Request
from foundation.outbox.models import Message

DAYS_BEFORE = (2, 1)
AT = time(10)  # on the clock of the visit


def post_reminders(request: Request, visit: OfferedTime) -> None:
    """Posts a message for ten in the morning two days and one day before, as far as that is still to come.

    Those of an earlier time are no longer needed.
    """
    earlier = Message.objects.filter(object_id=request.pk, kind="reminder", status=Message.Status.WAITING)
    earlier.update(status=Message.Status.DROPPED)
    zone = ZoneInfo(visit.zone)
    day = visit.starts_at.astimezone(zone).date()
    for days in DAYS_BEFORE:
        at = datetime.combine(day - timedelta(days=days), AT, zone)
        if at > timezone.now():
            notify_family(request, "reminder", at=at, time=visit.pk, sequence=request.calendar_sequence)
