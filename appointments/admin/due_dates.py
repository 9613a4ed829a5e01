"""Moments as the queue says them: “today 5:00 pm”, “overdue since Tue 10:00 am (2 days)”."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext

from appointments import time_text
from appointments.models import Request


class Due(NamedTuple):
    words: str
    kind: str


def due(row: Request, zone: str = "") -> Due:
    if row.due_at is None:
        return Due("–", "none")
    when, late = relative(row.due_at, zone), row.late_by(timezone.now())
    if late:
        return Due(_("overdue since %(when)s (%(long)s)") % {"when": when, "long": duration(late)}, "overdue")
    today = _days_ahead(row.due_at, zone) == 0
    return Due(_("due %(when)s") % {"when": when}, "today" if today else "later")


def relative(at: datetime, zone: str = "") -> str:
    """Like “today 5:00 pm”, “tomorrow 10:30 am”, “Tue 10:00 am” (within six days), “8 Sep, 5:00 pm”, “8 Sep 2025, 5:00 pm”."""
    local, ahead = _local(at, zone), _days_ahead(at, zone)
    if ahead in {-1, 0, 1}:
        day = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}[ahead]
    elif abs(ahead) < 7:
        day = date_format(local, "D")
    else:
        day = date_format(local, "j M," if local.year == _local(timezone.now(), zone).year else "j M Y,")
    return f"{day} {time_text.hour(local)}"


def duration(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    if minutes >= 24 * 60:
        return ngettext("%d day", "%d days", minutes // (24 * 60)) % (minutes // (24 * 60))
    if minutes >= 60:
        return ngettext("%d hour", "%d hours", minutes // 60) % (minutes // 60)
    return ngettext("%d minute", "%d minutes", minutes) % minutes


def _local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone or settings.TIME_ZONE))


def _days_ahead(at: datetime, zone: str) -> int:
    return (_local(at, zone).date() - _local(timezone.now(), zone).date()).days
