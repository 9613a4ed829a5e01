"""When a department is open: its hours on its own clock, without holidays and closed days; and closed days that nobody would expect."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from directory.models import Closure, Department

Week = dict[int, list[tuple[time, time]]]  # by ISO weekday
FAR = 400  # days after which a calendar without a single open hour is given up


@dataclass(frozen=True)
class Calendar:
    week: Week
    closed: Collection[date]
    zone: ZoneInfo

    @classmethod
    def of(
        cls, department: Department, since: date, *, closed: Collection[date] | None = None, usual: Week | None = None
    ) -> "Calendar":
        """With its closed days from `since` on, unless they are at hand; `usual` are its hours if it names none."""
        week: Week = {}
        for hours in department.hours.all():
            week.setdefault(hours.weekday, []).append((hours.opens, hours.closes))
        days = Closure.objects.days_of(department, since) if closed is None else closed
        return cls(week or usual or {}, set(days), ZoneInfo(department.time_zone))

    def is_unexpected(self, day: date) -> bool:
        """Whether it is closed on a day of the week on which it is open otherwise."""
        return bool(self.week.get(day.isoweekday())) and self._is_shut(day)

    def _is_shut(self, day: date) -> bool:
        return day in self.closed or is_holiday(day)

    def open_spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From and to (UTC) of what ends after `start`, in order."""
        first = start.astimezone(self.zone).date()
        for offset in range(FAR if self.week else 0):
            day = first + timedelta(days=offset)
            if self._is_shut(day):
                continue
            hours = self.week.get(day.isoweekday(), [])
            spans = [(moment(day, opens, self.zone), moment(day, closes, self.zone)) for opens, closes in hours]
            yield from sorted(span for span in spans if span[1] > start)

    def state(self, at: datetime) -> tuple[bool, datetime] | None:
        """Whether it is open at `at`, and until when that holds (UTC); None if it never opens."""
        spans = self.open_spans(at)
        first = next(spans, None)
        if first is None or first[0] > at:
            return first and (False, first[0])
        closes = first[1]
        for opens, ends in spans:
            if opens > closes:
                break
            closes = max(closes, ends)
        return True, closes


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """UTC. A time that the clocks skip counts as if they had not changed yet, one shown twice as the first (RFC 5545 3.3.5)."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


@lru_cache(maxsize=16)
def _holidays(year: int) -> frozenset[date]:
    import holidays  # 3 MB, for workers that show hours

    return frozenset(holidays.country_holidays("US", years=year))


def is_holiday(day: date) -> bool:
    return day in _holidays(day.year)


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


def closed_days_of(calendar: Calendar) -> list[ClosedDay]:
    """From today on its clock on."""
    today = timezone.now().astimezone(calendar.zone).date()
    days = [today + number * ONE_DAY for number in range(AHEAD + 1)]
    return [ClosedDay(day, moment(day + ONE_DAY, time(), calendar.zone)) for day in days if calendar.is_unexpected(day)]


def all_closed_days() -> list[ClosedDay]:
    """Of every department with opening hours, by day. Costs one question in a week without any, else four."""
    first = timezone.now().date() - ONE_DAY
    days = [first + number * ONE_DAY for number in range(AHEAD + 3)]  # wherever it is early or late today
    closures = list(Closure.objects.filter(day__range=(days[0], days[-1])))
    if not closures and not any(map(is_holiday, days)):
        return []
    closed: dict[date, list[tuple[Department, datetime]]] = {}
    usually_open: Counter[int] = Counter()  # departments by ISO weekday
    for department in Department.objects.prefetch_related("hours", "locations"):
        own = [row.day for row in closures if row.department_id in {None, department.pk}]
        calendar = Calendar.of(department, first, closed=own)
        usually_open.update(list(calendar.week))
        for each in closed_days_of(calendar):
            closed.setdefault(each.day, []).append((department, each.ends))
    found = []
    for day, rows in sorted(closed.items()):
        named = () if len(rows) == usually_open[day.isoweekday()] else tuple(department for department, _ends in rows)
        found.append(ClosedDay(day, min(ends for _department, ends in rows), named))
    return found
