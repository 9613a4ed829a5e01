"""Reminders: posted with the confirmation, true or dropped when their hour comes."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from appointments.actions.transitions import notify_family
from appointments.models import OfferedTime, Request
from foundation.outbox.models import Message

DAYS_BEFORE = (2, 1)
AT = time(10)  # on the clock of the visit


def remind(request: Request, offered: OfferedTime) -> None:
    """Posts a message for ten in the morning two days and one day before, as far as that is still to come.

    Those of an earlier time are no longer needed.
    """
    earlier = Message.objects.filter(object_id=request.pk, kind="reminder", status=Message.Status.WAITING)
    earlier.update(status=Message.Status.DROPPED)
    zone = ZoneInfo(offered.zone)
    day = offered.starts_at.astimezone(zone).date()
    for days in DAYS_BEFORE:
        moment = datetime.combine(day - timedelta(days=days), AT, zone)
        if moment > timezone.now():
            notify_family(request, "reminder", at=moment, time=offered.pk, sequence=request.calendar_sequence)
