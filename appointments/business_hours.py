"""The promise clock: business hours of a department, on its own clock, without weekends, holidays and closed days."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import time_text
from directory.hours import span
from directory.models import Closure, Department

Week = dict[int, list[tuple[time, time]]]
USUAL: Week = {day: [(time(9), time(17))] for day in range(1, 6)}  # Monday to Friday, where a department names no hours
AHEAD = timedelta(days=730)  # how far visits are planned
FAR = 400  # days after which a calendar without a single open hour is given up


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


def _open_spans(department: Department, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    week, closed, zone = _calendar(department, (start - timedelta(days=1)).date())
    first = start.astimezone(zone).date()
    for offset in range(FAR):
        day = first + timedelta(days=offset)
        if day in closed or is_holiday(day):
            continue
        spans = [(_moment(day, opens, zone), _moment(day, closes, zone)) for opens, closes in week.get(day.isoweekday(), [])]
        yield from sorted(span for span in spans if span[1] > start)


def check_ahead(day: date) -> None:
    """Raises ValidationError for a day that is over everywhere, or further off than visits are planned."""
    today = timezone.localdate()
    if day < today - timedelta(days=1):
        raise ValidationError(_("This day has passed. Choose a later one."), "past")
    if day > today + AHEAD:
        raise ValidationError(_("Choose a day within two years."), "far")


def why_unusual(department: Department, starts_at: datetime, ends_at: datetime) -> str:
    """Why nobody expects a visit then, in words, on the department's clock; "" within its opening hours."""
    week, closed, zone = _calendar(department, (timezone.now() - timedelta(days=1)).date())
    begins, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    day, spans = time_text.day(begins), sorted(week.get(begins.isoweekday(), []))
    if is_holiday(begins.date()):
        return _("%(day)s is a public holiday.") % {"day": day}
    if begins.date() in closed or not spans:
        return _("The department is closed on %(day)s.") % {"day": day}
    on_one_day = begins.date() == ends.date()
    if on_one_day and any(opens <= begins.time() and ends.time() <= closes for opens, closes in spans):
        return ""
    hours = ", ".join(span(opens, closes) for opens, closes in spans)
    return _("On %(day)s the department is open from %(hours)s.") % {"day": day, "hours": hours}


def _calendar(department: Department, since: date) -> tuple[Week, set[date], ZoneInfo]:
    """Hours by ISO weekday, closed days from `since` on, and the zone of the department."""
    week: Week = {}
    for hours in department.hours.all():
        week.setdefault(hours.weekday, []).append((hours.opens, hours.closes))
    closed = set(
        Closure.objects.filter(Q(department=department) | Q(department=None), day__gte=since).values_list("day", flat=True)
    )
    return week or USUAL, closed, ZoneInfo(department.time_zone)


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """UTC. A time that the clocks skip counts as if they had not changed yet, one shown twice as the first (RFC 5545 3.3.5)."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


@lru_cache(maxsize=16)
def _holidays(year: int) -> frozenset[date]:
    import holidays  # 3 MB, for workers that are asked for an appointment

    return frozenset(holidays.country_holidays("US", years=year))


def is_holiday(day: date) -> bool:
    return day in _holidays(day.year)
