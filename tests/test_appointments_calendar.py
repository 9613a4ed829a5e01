"""How a moment is said, and the calendar file: page, mail and file name the same instant, over every clock change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.utils.translation import override
from hypothesis import given, settings, strategies as st
from icalendar import Calendar

from appointments import actions, calendar_file, time_text
from appointments.actions.booking import Slot
from appointments.models import OfferedTime, Request
from directory.states import STATES
from tests import factories
from tests.outbox import deliver_one

NOW = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
VISIT = datetime(2027, 3, 9, 15, 0, tzinfo=UTC)
ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
]
CHANGES = [
    datetime(2027, 3, 14, 6, 59, tzinfo=UTC),  # New York: 1:59 am, and a minute later 3:00 am
    datetime(2027, 3, 14, 7, 0, tzinfo=UTC),
    datetime(2027, 3, 14, 7, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # New York: 1:30 am for the first time
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),  # and for the second
    datetime(2026, 11, 1, 7, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 15, 0, tzinfo=UTC),
    datetime(2027, 1, 1, 4, 59, tzinfo=UTC),
]


def unsaved(starts_at, zone, **fields):
    """A visit that is in no database."""
    department = factories.Department(name="X", phone="212 555 0101")
    request = Request(
        reference="K7M4-QXP2",
        calendar_uid="uid@example.org",
        calendar_sequence=3,
        email="p@example.org",
        department=department,
    )
    return OfferedTime(request=request, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=45), zone=zone, **fields)


def read(content):
    """The calendar and its one event."""
    calendar = Calendar.from_ical(content)
    return calendar, calendar.walk("VEVENT")[0]


@pytest.mark.parametrize("zone", ZONES)
def test_file_names_the_instant_over_clock_changes(zone):
    for moment in CHANGES:
        assert_names_the_instant(moment, zone)


def assert_names_the_instant(moment, zone):
    made = calendar_file.make(unsaved(moment, zone), method="PUBLISH", link="https://x.example.org/")

    _calendar, event = read(made)

    assert event["dtstart"].dt.astimezone(UTC) == moment
    assert event["dtend"].dt.astimezone(UTC) == moment + timedelta(minutes=45)
    # RFC 5545 3.3.5 cannot name the second of a repeated hour on a local clock: it stands in UTC
    assert event["dtstart"].params.get("tzid") == (None if moment.astimezone(ZoneInfo(zone)).fold else zone)


@pytest.mark.parametrize("zone", ZONES)
def test_file_carries_the_clock_changes_of_its_zone(zone):
    """A reader that knows no zones by name reckons with the VTIMEZONE alone (RFC 5545 3.6.5)."""
    start = datetime(2027, 7, 1, tzinfo=UTC)
    calendar, _event = read(calendar_file.make(unsaved(start, zone), method="PUBLISH", link=""))
    onsets = sorted(
        (part["dtstart"].dt.replace(tzinfo=UTC) - part["tzoffsetfrom"].td, part["tzoffsetto"].td)
        for part in calendar.walk("VTIMEZONE")[0].subcomponents
    )

    for hour in range(-365 * 24, 365 * 24):
        moment = start + timedelta(hours=hour)
        offset = [offset for onset, offset in onsets if onset <= moment][-1]
        assert offset == moment.astimezone(ZoneInfo(zone)).utcoffset(), moment


def test_new_york_changes_its_clocks_at_two():
    text = calendar_file.make(unsaved(VISIT, "America/New_York"), method="PUBLISH", link="").decode()

    assert "BEGIN:DAYLIGHT\r\nDTSTART:20270314T020000\r\nTZNAME:EDT\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400" in text


@settings(max_examples=60, deadline=None)
@given(
    moment=st.integers(0, 5 * 366 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    zone=st.sampled_from(ZONES),
    state=st.sampled_from(sorted(time_text.STATE_ZONES)),
)
def test_words_name_the_instant_on_every_clock(moment, zone, state):
    said = time_text.full(moment, zone, state=state)

    local = moment.astimezone(ZoneInfo(zone))
    here = said.partition(", which is ")[0].partition(", or ")[0]
    read_back = datetime.strptime(  # noqa: DTZ007
        here.rpartition(" at ")[0] + " " + here.rpartition(" at ")[2][:8].strip().replace("12:00\u00a0no", "12:00 pm"),
        "%A, %B %d, %Y %I:%M %p",
    )
    assert read_back == local.replace(tzinfo=None)
    differs = [z for z in time_text.STATE_ZONES[state] if moment.astimezone(ZoneInfo(z)).utcoffset() != local.utcoffset()]
    for other in differs:
        there = moment.astimezone(ZoneInfo(other))
        assert f"{time_text.hour(there)} {time_text.zone_in_words(other)}" in said
    assert (", which is " in said or ", or " in said) == bool(differs)


def test_the_hour_that_comes_twice_says_which():
    first = time_text.full(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "America/New_York")
    second = time_text.full(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "America/New_York")

    assert first == "Sunday, November 1, 2026 at 1:30\u00a0am\u00a0(EDT) Eastern time (New York)"
    assert second == "Sunday, November 1, 2026 at 1:30\u00a0am\u00a0(EST) Eastern time (New York)"


@pytest.mark.parametrize(
    ("state", "ending"),
    [
        ("", ""),
        ("NY", ""),
        ("IL", ", which is 9:00\u00a0am Central time (Chicago)"),
        ("TX", ", which is 9:00\u00a0am Central time (Chicago) or 8:00\u00a0am Mountain time (Denver)"),
        ("FL", ", or 9:00\u00a0am Central time (Chicago)"),
        ("HI", ", which is 5:00\u00a0am Hawaii time (Honolulu)"),
    ],
)
def test_both_clocks_are_named_where_the_child_is_elsewhere(state, ending):
    said = time_text.full(VISIT, "America/New_York", state=state)

    assert said == "Tuesday, March 9, 2027 at 10:00\u00a0am Eastern time (New York)" + ending


def test_another_day_elsewhere_is_named():
    said = time_text.full(datetime(2027, 3, 9, 5, 30, tzinfo=UTC), "America/New_York", state="CA")

    assert said == (
        "Tuesday, March 9, 2027 at 12:30\u00a0am Eastern time (New York), which is Monday, March 8, 9:30\u00a0pm Pacific time (Los Angeles)"
    )


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2027, 3, 3, 14, 0, tzinfo=UTC), "Wednesday morning"),
        (datetime(2027, 3, 3, 17, 0, tzinfo=UTC), "Wednesday afternoon"),
        (datetime(2027, 3, 3, 22, 0, tzinfo=UTC), "Wednesday evening"),
        (datetime(2027, 3, 9, 15, 0, tzinfo=UTC), "Tuesday, March 9 morning"),
    ],
)
def test_part_of_a_day_is_said_as_people_say_it(at, said):
    assert time_text.half_day(at, "America/New_York", since=NOW) == said


def test_every_state_has_its_clocks():
    assert set(time_text.STATE_ZONES) == set(STATES) - {"AA", "AE", "AP"}  # mail to the armed forces goes to many clocks
    assert all(zones for zones in time_text.STATE_ZONES.values())


@pytest.fixture
def visit(db):
    """A confirmed visit, and who confirmed it."""
    with time_machine.travel(NOW, tick=False):
        request = factories.request(note="Flamingo")
        cora = factories.coordinator("cora", request.department)
        factories.clinician()
        factories.location()
        actions.confirm_by_phone(request=request, by=cora, slot=_slot())
        yield request, cora


def _slot(at=VISIT):
    clinician, location = factories.Clinician.objects.get(), factories.Location.objects.get()
    return Slot(clinician=clinician, starts_at=at, ends_at=at + timedelta(hours=1), zone="America/New_York", location=location)


def mailed():
    """(method, uid, sequence, start, status) of every calendar file sent since, in order."""
    mail.outbox.clear()
    while deliver_one():
        pass
    found = []
    for letter in mail.outbox:
        for part in letter.message().walk():
            if part.get_content_type() == "text/calendar":
                calendar, event = read(part.get_payload(decode=True))
                assert part.get_param("method") == calendar["method"]
                found.append(
                    (str(calendar["method"]), str(event["uid"]), event["sequence"], event["dtstart"].dt, str(event["status"]))
                )
    return found


def test_file_of_a_cancelled_visit_says_so_in_its_title(visit):
    time = OfferedTime.objects.select_related("request__department", "location").get()

    with override("es"):
        _calendar, event = read(calendar_file.make(time, method=calendar_file.CANCEL, link=""))

    assert (event["summary"], event["status"]) == ("Cancelada: cita, Children’s Bone & Joint Center", "CANCELLED")


def test_one_entry_follows_the_visit_from_confirming_to_cancelling(visit):
    request, cora = visit
    start = VISIT.astimezone(ZoneInfo("America/New_York"))

    confirmed = mailed()
    actions.confirm_by_phone(request=request, by=cora, slot=_slot(VISIT + timedelta(days=1)))
    moved = mailed()
    actions.close(request=request, by=cora, reason="elsewhere", words="Closed")
    cancelled = mailed()
    actions.reopen(request=request, by=cora)
    actions.confirm_by_phone(request=request, by=cora, slot=_slot(VISIT + timedelta(days=2)))
    again = mailed()

    uid = request.calendar_uid
    assert confirmed == [("REQUEST", uid, 0, start, "CONFIRMED")]
    assert moved == [("REQUEST", uid, 1, start + timedelta(days=1), "CONFIRMED")]
    assert cancelled == [("CANCEL", uid, 2, start + timedelta(days=1), "CANCELLED")]
    assert again[-1] == ("REQUEST", uid, 3, start + timedelta(days=2), "CONFIRMED")


def test_undone_confirmation_is_cancelled_in_the_calendar_too(visit):
    request, cora = visit
    mailed()

    actions.undo(request=request, by=cora)

    assert [(method, sequence) for method, _uid, sequence, _start, _status in mailed()] == [("CANCEL", 1)]


def test_withdrawn_visit_is_cancelled(visit):
    request, _cora = visit
    mailed()

    actions.withdraw(request=request)

    assert [(method, sequence) for method, _uid, sequence, _start, _status in mailed()] == [("CANCEL", 1)]


def test_request_that_never_had_a_visit_brings_no_calendar_file(visit):
    mailed()
    other = factories.request("b" * 64)

    actions.withdraw(request=other)

    assert mailed() == []


def test_file_says_nothing_of_health_or_of_the_child(visit, client):
    request, _cora = visit
    client.post(f"/appointments/r/{request.link}/unlock/", {"born_month": "4", "born_day": "3", "born_year": "2018"})

    response = client.get(f"/appointments/r/{request.link}/calendar.ics")

    calendar, event = read(response.content)
    assert response["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert response["Cache-Control"] == "no-store"
    assert (calendar["method"], event["summary"]) == ("PUBLISH", "Appointment, Children’s Bone & Joint Center")
    assert event["location"] == "Main Campus, 1 Sample Street, New York, NY 10001"
    assert event["description"] == f"{request.reference}\n212 555 0101\nhttp://127.0.0.1:8000/appointments/r/{request.link}/"
    assert event["dtstart"].dt.date() == date(2027, 3, 9)
    assert (event.get("attendee"), event.walk("VALARM")) == (None, [])
    words = response.content.decode().replace("\r\n ", "")
    assert [
        word for word in ("Kim", "Pat", "pat@", "2018", "Flamingo", "rheuma", "Rheuma", "Ana Example") if word in words
    ] == []


def test_lines_are_folded_for_every_reader(visit):
    time = OfferedTime.objects.select_related("request", "location").get()

    made = calendar_file.make(time, method="REQUEST", link="https://portal.example.org/" + "x" * 200)

    assert max(len(line) for line in made.split(b"\r\n")) <= 75
    assert made.endswith(b"END:VCALENDAR\r\n")
    assert str(read(made)[1]["attendee"]) == "mailto:pat@example.org"


@pytest.mark.parametrize("sign", ["\x0b", "\x1b", "\uffff", "\u2028"])
def test_an_old_address_with_a_control_character_makes_a_file_that_calendars_take(db, sign):
    row, at = factories.request(), datetime(2026, 6, 9, 15, tzinfo=UTC)
    place = factories.location()
    place.street = f"1 Sample{sign}Street"  # as an old row may be
    time = OfferedTime(
        request=row,
        clinician=factories.clinician(),
        location=place,
        starts_at=at,
        ends_at=at + timedelta(hours=1),
        zone="America/New_York",
    )

    content = calendar_file.make(time, method=calendar_file.PUBLISH, link="https://example.org/").decode()

    assert sign not in content
    assert "Street" in content
