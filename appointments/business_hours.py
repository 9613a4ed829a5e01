"""The promise clock: business hours of a department, on its own clock, without weekends, holidays and closed days."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.calendar import Calendar
from directory.models import Department

USUAL = {day: [(time(9), time(17))] for day in range(1, 6)}  # Monday to Friday, where a department names no hours
AHEAD = timedelta(days=730)  # how far visits are planned


def due(department: Department, *, start: datetime | None = None, hours: int | None = None) -> datetime:
    """The moment (UTC) when `hours` business hours have passed since `start` (UTC, default now).

    `hours` defaults to the department's promise. A department that is never open counts every hour.
    """
    start = start or timezone.now()
    promised = left = timedelta(hours=department.answers_within if hours is None else hours)
    for opens, closes in _open_spans(department, start):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    return start + promised


def minutes_between(department: Department, start: datetime, end: datetime) -> int:
    """Whole minutes of its business hours between two moments (UTC)."""
    passed = timedelta(0)
    for opens, closes in _open_spans(department, start):
        if opens >= end:
            break
        passed += min(closes, end) - opens
    return int(passed.total_seconds()) // 60


def _open_spans(department: Department, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From `start` on. Hours of a department may overlap; each counts once."""
    counted = start
    for opens, closes in usual_calendar(department, (start - timedelta(days=1)).date()).open_spans(start):
        if closes > counted:
            yield max(opens, counted), closes
            counted = closes


def usual_calendar(department: Department, since: date) -> Calendar:
    return Calendar.of(department, since, usual=USUAL)


def is_open_at(department: Department, at: datetime) -> bool:
    """Whether somebody of a department that has hours works at this moment."""
    state = usual_calendar(department, (at - timedelta(days=1)).date()).state(at)
    return state is None or state[0]


def check_ahead(day: date) -> None:
    """Raises ValidationError for a day that is over everywhere, or further off than visits are planned."""
    today = timezone.localdate()
    if day < today - timedelta(days=1):
        raise ValidationError(_("This day has passed. Choose a later one."), "past")
    if day > today + AHEAD:
        raise ValidationError(_("Choose a day within two years."), "far")
