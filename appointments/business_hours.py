"""The promise clock: business hours of a department, on its own clock, without weekends, holidays and closed days."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import time_text
from directory.calendar import Calendar, is_holiday
from directory.hours import span
from directory.models import Department

USUAL = {day: [(time(9), time(17))] for day in range(1, 6)}  # Monday to Friday, where a department names no hours
AHEAD = timedelta(days=730)  # how far visits are planned


def due(department: Department, *, start: datetime | None = None, hours: int | None = None) -> datetime:
    """The moment (UTC) when `hours` business hours have passed since `start` (UTC, default now).

    `hours` defaults to the department's promise. A department that is never open counts every hour.
    """
    start = start or timezone.now()
    left, counted = timedelta(hours=department.answers_within if hours is None else hours), start
    for opens, closes in _open_spans(department, start):
        begin = max(opens, counted)  # spans may overlap; an hour counts once
        if closes - begin >= left:
            return begin + left
        left -= max(closes - begin, timedelta(0))
        counted = max(counted, closes)
    return start + timedelta(hours=department.answers_within if hours is None else hours)


def minutes_between(department: Department, start: datetime, end: datetime) -> int:
    """Whole minutes of its business hours between two moments (UTC)."""
    counted, passed = start, timedelta(0)
    for opens, closes in _open_spans(department, start):
        if opens >= end:
            break
        begin = max(opens, counted)  # spans may overlap; an hour counts once
        passed += max(min(closes, end) - begin, timedelta(0))
        counted = max(counted, closes)
    return int(passed.total_seconds()) // 60


def _open_spans(department: Department, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    return _calendar(department, (start - timedelta(days=1)).date()).open_spans(start)


def _calendar(department: Department, since: date) -> Calendar:
    return Calendar.of(department, since, usual=USUAL)


def check_ahead(day: date) -> None:
    """Raises ValidationError for a day that is over everywhere, or further off than visits are planned."""
    today = timezone.localdate()
    if day < today - timedelta(days=1):
        raise ValidationError(_("This day has passed. Choose a later one."), "past")
    if day > today + AHEAD:
        raise ValidationError(_("Choose a day within two years."), "far")


def why_unusual(department: Department, starts_at: datetime, ends_at: datetime) -> str:
    """Why nobody expects a visit then, in words, on the department's clock; "" within its opening hours."""
    calendar = _calendar(department, (timezone.now() - timedelta(days=1)).date())
    begins, ends = starts_at.astimezone(calendar.zone), ends_at.astimezone(calendar.zone)
    day, spans = time_text.day(begins), sorted(calendar.week.get(begins.isoweekday(), []))
    if is_holiday(begins.date()):
        return _("%(day)s is a public holiday.") % {"day": day}
    if begins.date() in calendar.closed or not spans:
        return _("The department is closed on %(day)s.") % {"day": day}
    on_one_day = begins.date() == ends.date()
    if on_one_day and any(opens <= begins.time() and ends.time() <= closes for opens, closes in spans):
        return ""
    hours = ", ".join(span(opens, closes) for opens, closes in spans)
    return _("On %(day)s the department is open from %(hours)s.") % {"day": day, "hours": hours}
