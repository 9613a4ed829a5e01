"""A visit is one instant: what the page, the mail and the calendar file say of it, read back, is that instant."""

import os
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appointments import actions, calendar_file, messages, times
from appointments.actions.booking import Slot
from appointments.models import OfferedTime, Request
from directory.hours import zone_in_words
from foundation.outbox.models import Message
from tests import factories
from tests.test_appointments_clock import TURNS, ZONES

MANY = 3000 if "FULL" in os.environ else 150
SAID = re.compile(r"(\w+day, \w+ \d+, \d{4}) at (\d+:\d\d (?:am|pm|noon))(?: \((\w+)\))? ([A-Z][^.,]*?time(?: \([^)]*\))?)")
BEFORE = datetime(2026, 10, 1, 14, tzinfo=UTC)
instants = st.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes),
    st.sampled_from(TURNS),
    st.integers(-24 * 60, 48 * 60),
)


def read_back(text):
    """Every instant that a text names."""
    zones = {zone_in_words(zone): ZoneInfo(zone) for zone in ZONES}
    found = []
    for day, clock, twice, words in SAID.findall(text):
        local = datetime.strptime(f"{day} {clock.replace('noon', 'pm').upper()}", "%A, %B %d, %Y %I:%M %p")  # noqa: DTZ007  the zone follows
        both = [local.replace(tzinfo=zones[words], fold=fold) for fold in (0, 1)]
        meant = [moment for moment in both if not twice or moment.tzname() == twice]
        assert len({moment.astimezone(UTC) for moment in meant}) == 1, f"{text} can be read in two ways"
        found.append(meant[0].astimezone(UTC))
    return found


def in_calendar(content, uid):
    """(start, end) that a program reads which knows no zones but those written in the file; and which trusts only their names."""
    calendar = icalendar.Calendar.from_ical(content)
    event, zone = calendar.walk("VEVENT")[0], calendar.walk("VTIMEZONE")[0]
    assert event["uid"] == uid
    moments = [event[name] for name in ("dtstart", "dtend")]
    named = tuple(moment.dt.astimezone(UTC) for moment in moments)
    return named, tuple(_by_rules(zone, moment.dt) for moment in moments)


def _by_rules(zone, written):
    """The last observance that began, on the clock before it, at or before `written`. RFC 5545 3.6.5."""
    if written.tzinfo is UTC or written.tzname() == "UTC":
        return written.astimezone(UTC)
    local = written.replace(tzinfo=None)
    began = [part for part in zone.subcomponents if part.decoded("dtstart") <= local]
    latest = max(began, key=lambda part: part.decoded("dtstart"))
    return (local - latest.decoded("tzoffsetto")).replace(tzinfo=UTC)


@settings(max_examples=MANY, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=instants, zone=st.sampled_from(ZONES))
def test_moment_in_words_reads_back_as_the_same_instant(at, zone):
    assert read_back(f"We meet on {times.moment(at, zone)}.") == [at]


@settings(max_examples=MANY // 3, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=instants, zone=st.sampled_from(ZONES), minutes=st.sampled_from([15, 60, 90]))
def test_calendar_file_reads_back_as_the_same_instants(at, zone, minutes):
    department = factories.Department(phone="212 555 0101")
    request = Request(calendar_uid="one@example.org", reference="ABCD-2345", department=department, email="pat@example.org")
    visit = OfferedTime(request=request, starts_at=at, ends_at=at + timedelta(minutes=minutes), zone=zone)

    named, ruled = in_calendar(calendar_file.made(visit, method="REQUEST", link=""), "one@example.org")

    assert named == (at, at + timedelta(minutes=minutes))
    for moment, read in zip(named, ruled, strict=True):
        local = moment.astimezone(ZoneInfo(zone))
        if (
            local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()
        ):  # the first of two equal hours needs the name
            assert read == moment


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "at", ["2026-11-02T15:00", "2027-03-12T20:30", "2027-03-15T17:00", "2028-02-29T19:15", "2027-12-31T23:30"]
)
def test_page_mail_and_calendar_name_one_instant(client, db, zone, at):
    starts = datetime.fromisoformat(at).replace(tzinfo=UTC)
    place = factories.location("far", time_zone=zone)
    department = factories.department()
    department.locations.add(place)
    with time_machine.travel(BEFORE, tick=False):
        row = factories.request(department=department)
        cora, ana = factories.coordinator("cora", department), factories.clinician()
        slot = Slot(ana, starts, starts + timedelta(hours=1), zone, place)
        actions.confirm_by_phone(request=row, by=cora, slot=slot)
        row.refresh_from_db()
        client.post(reverse("appointments:unlock", args=[row.link]), {"born_month": "4", "born_day": "3", "born_year": "2018"})

        page = client.get(reverse("appointments:mine", args=[row.link])).content.decode()
        file = client.get(reverse("appointments:calendar", args=[row.link])).content
        mail = messages.compose(Message.objects.get(kind="confirmed"))
        attached = mail.attachments[0].get_payload(decode=True)

    assert set(read_back(page)) == set(read_back(mail.body)) == {starts}
    both = ((starts, starts + timedelta(hours=1)),) * 2
    assert in_calendar(file, row.calendar_uid) == in_calendar(attached, row.calendar_uid) == both
