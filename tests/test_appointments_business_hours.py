"""The promise clock against a slow one that looks at every minute: clock changes, zones, holidays, closed days."""

import os
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings, strategies as st

from appointments import business_hours
from directory.calendar import is_holiday
from directory.models import Closure, OpeningHours
from tests import factories

MANY = 2000 if "FULL" in os.environ else 60
ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
]
# Both clock changes of three years, the leap day, year ends with an observed holiday before and after, summer
TURNS = [date(2026, 11, 1), date(2027, 3, 14), date(2027, 11, 7), date(2028, 3, 12), date(2028, 11, 5), date(2028, 2, 29)]
TURNS += [date(2026, 12, 31), date(2027, 12, 31), date(2028, 12, 31), date(2027, 7, 4)]
# Source: United States Office of Personnel Management, federal holidays 2026 to 2029, with the days they are observed on.
HOLIDAYS = {
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31",
    2028: "01-01 01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-11 11-23 12-25",
    2029: "01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-11 11-12 11-22 12-25",
}
hypothesis = settings(
    max_examples=MANY, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
starts = st.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes),
    st.sampled_from(TURNS),
    st.integers(-4 * 24 * 60, 2 * 24 * 60),
)


@st.composite
def weeks(draw):
    """Opening hours: days 1 to 7, one or two spans a day, which may overlap or begin and end in the hour of a clock change."""
    week = []
    for day in draw(st.sets(st.integers(1, 7), max_size=6)):
        for opens in draw(st.sets(st.integers(0, 22 * 4), min_size=1, max_size=2)):
            closes = draw(st.integers(opens + 1, 23 * 4 + 3))
            week.append((day, time(opens // 4, opens % 4 * 15), time(closes // 4, closes % 4 * 15)))
    return week


def clock_shows(day, wanted, zone):
    """The first moment when the clocks show it; where they skip it, what they would have shown unchanged."""
    written = datetime.combine(day, wanted, UTC)
    morning, evening = (datetime.combine(day, hour, zone).utcoffset() for hour in (time(0), time(23)))
    found = [written - offset for offset in (morning, evening)]
    shown = [moment for moment in found if moment.astimezone(zone).replace(tzinfo=UTC, fold=0) == written]
    return min(shown, default=written - morning)


def slow(week, closed, zone, start, hours):
    """Looks at each minute since `start` and counts the open ones."""
    week = week or [(day, time(9), time(17)) for day in range(1, 6)]
    left, at, zone = hours * 60, start, ZoneInfo(zone)
    span = cache(lambda day, opens, closes: (clock_shows(day, opens, zone), clock_shows(day, closes, zone)))
    while left:
        day = at.astimezone(zone).date()
        free = day in closed or f"{day:%m-%d}" in HOLIDAYS[day.year].split() if day.year in HOLIDAYS else day in closed
        spans = [] if free else [span(day, opens, closes) for on, opens, closes in week if day.isoweekday() == on]
        left -= any(begin <= at < end for begin, end in spans)
        at += timedelta(minutes=1)
    return at


def made(week=(), closed=(), zone="America/New_York", slug="rheumatology"):
    department = factories.department(slug)
    department.locations.add(factories.location(slug, time_zone=zone))
    for day, opens, closes in week:
        OpeningHours.objects.create(department=department, weekday=day, opens=opens, closes=closes)
    for day in closed:
        Closure.objects.create(department=department, day=day)
    return department


@hypothesis
@given(
    week=weeks(),
    zone=st.sampled_from(ZONES),
    start=starts,
    hours=st.integers(1, 6),
    shut=st.sets(st.integers(0, 9), max_size=4),
)
def test_promise_equals_counting_every_minute(db, week, zone, start, hours, shut):
    closed = {start.date() + timedelta(days=offset) for offset in shut}

    with transaction.atomic():
        department = made(week, closed, zone)
        promised = business_hours.due(department, start=start, hours=hours)
        transaction.set_rollback(True)

    assert promised == slow(week, closed, zone, start, hours)


@pytest.mark.parametrize("year", HOLIDAYS)
def test_holidays_are_the_federal_ones_with_their_observed_days(year):
    days = [date(year, 1, 1) + timedelta(days=offset) for offset in range(366)]

    found = [f"{day:%m-%d}" for day in days if day.year == year and is_holiday(day)]

    assert found == HOLIDAYS[year].split()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("change", TURNS[:5])
def test_promise_over_a_clock_change_keeps_the_wall_clock(db, zone, change):
    friday = change - timedelta(days=2)
    here = ZoneInfo(zone)

    promised = business_hours.due(made(zone=zone), start=datetime.combine(friday, time(16), here).astimezone(UTC), hours=2)

    monday = change + timedelta(days=1)
    assert promised.astimezone(here) == datetime.combine(monday, time(10), here)


def test_promise_of_16_hours_skips_the_year_end(db):
    thursday = datetime(2027, 12, 30, 20, 30, 40, tzinfo=UTC)  # 3:30:40 pm; the 31st is New Year's Day observed

    promised = business_hours.due(made(), start=thursday)

    assert promised == datetime(2028, 1, 4, 20, 30, 40, tzinfo=UTC)


def test_promise_counts_the_leap_day(db):
    monday = datetime(2028, 2, 28, 21, tzinfo=UTC)

    assert business_hours.due(made(), start=monday, hours=9) == datetime(2028, 2, 29, 22, tzinfo=UTC)


def test_closure_of_everybody_and_of_one_department_are_told_apart(db):
    ours, other = made(closed=[date(2027, 3, 1)]), made(slug="cardiology")
    Closure.objects.create(department=None, day=date(2027, 3, 2))
    monday = datetime(2027, 3, 1, 14, tzinfo=UTC)

    assert business_hours.due(ours, start=monday, hours=1) == datetime(2027, 3, 3, 15, tzinfo=UTC)
    assert business_hours.due(other, start=monday, hours=9) == datetime(2027, 3, 3, 15, tzinfo=UTC)


def test_department_that_never_opens_counts_every_hour(db):
    monday = datetime(2027, 3, 1, 14, tzinfo=UTC)
    department = made([(1, time(9), time(17))], closed=[date(2027, 3, 1) + timedelta(weeks=week) for week in range(60)])

    assert business_hours.due(department, start=monday, hours=16) == monday + timedelta(hours=16)


def test_hours_over_midnight_are_refused(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        made([(1, time(22), time(2))])


def test_locations_in_two_zones_fall_back_to_the_clock_of_the_site(db):
    department = made(zone="Pacific/Honolulu")
    department.locations.add(factories.location("east", time_zone="America/Chicago"))

    assert business_hours.due(department, start=datetime(2027, 3, 1, 5, tzinfo=UTC), hours=1) == datetime(
        2027, 3, 1, 15, tzinfo=UTC
    )
