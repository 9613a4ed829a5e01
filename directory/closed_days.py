"""Closed days of the coming week that people would not expect: holidays, and days on which a department is closed beside them."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from directory.calendar import Calendar, is_holiday
from directory.models import Closure, Department

AHEAD = 7  # days after today
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ClosedDay:
    day: date
    ends: datetime  # UTC
    departments: tuple[Department, ...] = ()  # none: whoever says so, as a whole

    @property
    def in_words(self) -> str:
        """With the day of the week, so that an old page misleads nobody: "Friday, December 25"."""
        words = {"day": date_format(self.day, "l"), "date": date_format(self.day, "MONTH_DAY_FORMAT").replace(" ", "\xa0")}
        return _("%(day)s, %(date)s") % words


def of_department(calendar: Calendar) -> list[ClosedDay]:
    """From today on its clock on."""
    today = timezone.now().astimezone(calendar.zone).date()
    days = [today + number * ONE_DAY for number in range(AHEAD + 1)]
    return [ClosedDay(day, _midnight_after(day, calendar)) for day in days if calendar.is_unexpected(day)]


def of_all() -> list[ClosedDay]:
    """Of every department with opening hours, by day. Costs one question in a week without any, else four."""
    first = timezone.now().date() - ONE_DAY
    days = [first + number * ONE_DAY for number in range(AHEAD + 3)]  # wherever it is early or late today
    closures = list(Closure.objects.filter(day__range=(days[0], days[-1])))
    if not closures and not any(map(is_holiday, days)):
        return []
    found: dict[date, list[tuple[Department, datetime]]] = {}
    usually_open: Counter[int] = Counter()  # departments by ISO weekday
    for department in Department.objects.prefetch_related("hours", "locations"):
        own = [row.day for row in closures if row.department_id in {None, department.pk}]
        calendar = Calendar.of(department, first, closed=own)
        usually_open.update(list(calendar.week))
        for each in of_department(calendar):
            found.setdefault(each.day, []).append((department, each.ends))
    return [_together(day, found[day], usually_open[day.isoweekday()]) for day in sorted(found)]


def _together(day: date, closed: list[tuple[Department, datetime]], count: int) -> ClosedDay:
    named = () if len(closed) == count else tuple(department for department, _ends in closed)
    return ClosedDay(day, min(ends for _department, ends in closed), named)


def _midnight_after(day: date, calendar: Calendar) -> datetime:
    return datetime.combine(day + ONE_DAY, time(), calendar.zone).astimezone(UTC)
