"""A visit is one instant: what staff type, what is stored, and what page, mail, calendar file and admin say is that instant."""

import os
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings, strategies as st

from appointments import actions, calendar_file, messages, time_text
from appointments.actions.booking import Slot
from appointments.admin import due_dates
from appointments.admin.slots import Places, SlotForm, in_line
from appointments.models import OfferedTime, Request
from directory.hours import zone_in_words
from foundation.outbox.models import Message
from tests import factories
from tests.test_appointments_business_hours import TURNS, ZONES

MANY = 3000 if "FULL" in os.environ else 150
SAID = re.compile(r"(\w+day, \w+ \d+, \d{4}) at (\d+:\d\d\s(?:am|pm|noon))(?:\s\((\w+)\))? ([A-Z][^.,]*?time(?: \([^)]*\))?)")
BEFORE = datetime(2026, 10, 1, 14, tzinfo=UTC)
instants = st.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes),
    st.sampled_from(TURNS),
    st.integers(-24 * 60, 48 * 60),
)


def crossed(*moments):
    """Each zone once and each moment once; with FULL all of each."""
    pairs = [(zone, at) for zone in ZONES for at in moments]
    return [pair for pair in pairs if "FULL" in os.environ or pair[0] == ZONES[0] or pair[1] == moments[-1]]


def read_back(text):
    """Every instant that a text names."""
    zones = {zone_in_words(zone): ZoneInfo(zone) for zone in ZONES}
    return [
        instant(datetime.strptime(day, "%A, %B %d, %Y").date(), clock, twice, zones[words])  # noqa: DTZ007  the zone follows
        for day, clock, twice, words in SAID.findall(text.replace("\u00a0", " "))
    ]


def instant(day, clock, twice, zone):
    """The one moment when the clocks of `zone` show this, in the hour that comes twice with its name."""
    shown = datetime.strptime(clock.replace("noon", "pm").upper(), "%I:%M %p").time()  # noqa: DTZ007  the zone follows
    both = [datetime.combine(day, shown, zone).replace(fold=fold) for fold in (0, 1)]
    meant = {moment.astimezone(UTC) for moment in both if not twice or moment.tzname() == twice}
    assert len(meant) == 1, f"{day} {clock} {zone} can be read in two ways"
    return meant.pop()


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
    assert read_back(f"We meet on {time_text.full(at, zone)}.") == [at]


@settings(max_examples=MANY // 3, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=instants, zone=st.sampled_from(ZONES), minutes=st.sampled_from([15, 60, 90]))
def test_calendar_file_reads_back_as_the_same_instants(at, zone, minutes):
    department = factories.Department(phone="212 555 0101")
    request = Request(calendar_uid="one@example.org", reference="ABCD-2345", department=department, email="pat@example.org")
    visit = OfferedTime(request=request, starts_at=at, ends_at=at + timedelta(minutes=minutes), zone=zone)

    named, ruled = in_calendar(calendar_file.make(visit, method="REQUEST", link=""), "one@example.org")

    assert named == (at, at + timedelta(minutes=minutes))
    for moment, read in zip(named, ruled, strict=True):
        local = moment.astimezone(ZoneInfo(zone))
        if (
            local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()
        ):  # the first of two equal hours needs the name
            assert read == moment


@pytest.mark.parametrize(
    ("zone", "at"), crossed("2026-11-02T15:00", "2027-03-12T20:30", "2027-03-15T17:00", "2028-02-29T19:15", "2027-12-31T23:30")
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

        page = client.get(reverse("appointments:private_page", args=[row.link])).content.decode()
        file = client.get(reverse("appointments:calendar", args=[row.link])).content
        message = Message.objects.get(kind="confirmed")
        messages.fetch([message])
        mail = messages.compose(message)
        attached = mail.attachments[0].get_payload(decode=True)

    assert set(read_back(page)) == set(read_back(mail.body)) == {starts}
    both = ((starts, starts + timedelta(hours=1)),) * 2
    assert in_calendar(file, row.calendar_uid) == in_calendar(attached, row.calendar_uid) == both


# --- the admin --------------------------------------------------------------------------------------------------------


def typed(at, zone, **place):
    """What staff type to mean `at`: the day and the time as the clocks of `zone` show them, and that they mean it, be it at night."""
    local = at.astimezone(ZoneInfo(zone))
    when = {"day": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}", "minutes": "60", "anyway": at.isoformat()}
    return {**when, "video_link": "", **place}


def is_shown_twice(at, zone):
    local = at.astimezone(ZoneInfo(zone))
    return any(
        (at + timedelta(hours=hour)).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None)
        for hour in (-1, 1)
    )


@settings(max_examples=MANY // 3, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=instants, zone=st.sampled_from(ZONES))
def test_typed_time_is_stored_and_listed_as_the_instant_it_means(db, at, zone):
    with transaction.atomic(), time_machine.travel(at - timedelta(days=30), tick=False):
        department, ana = factories.department(), factories.clinician()
        department.locations.add(factories.location(time_zone=zone))
        ana.departments.add(department)
        row = Request(department=department)
        place = {"clinician": ana.pk, "where": f"place-{department.locations.get().pk}"}
        form = SlotForm(typed(at, zone, **place), row=row, places=Places(row))
        checked = form.is_valid()
        transaction.set_rollback(True)

    if is_shown_twice(at, zone):
        assert form.errors == {"time": ["The clocks change then. Choose another time."]}
    else:
        assert (checked, form.slot.starts_at, form.slot.ends_at, form.slot.zone) == (True, at, at + timedelta(hours=1), zone)
        held = OfferedTime(request=row, clinician=ana, starts_at=at, zone=zone, location=form.slot.location)
        assert read_back(in_line(held)) == [at]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("change", [day for day in TURNS if day.month == 3])
def test_time_that_no_clock_shows_cannot_be_typed(db, zone, change):
    department, ana = factories.department(), factories.clinician()
    department.locations.add(factories.location(time_zone=zone))
    ana.departments.add(department)
    row = Request(department=department)
    words = {"clinician": ana.pk, "where": f"place-{department.locations.get().pk}", "day": f"{change}", "minutes": "60"}

    def errors(minutes):
        clock = f"{minutes // 60:02}:{minutes % 60:02}"
        return SlotForm(words | {"time": clock}, row=row, places=Places(row)).errors.keys() - {"anyway"}

    with time_machine.travel(BEFORE, tick=False):
        skipped = [minutes for minutes in range(0, 24 * 60, 30) if errors(minutes)]

    changes = zone not in {"America/Phoenix", "Pacific/Honolulu"}
    assert skipped == ([120, 150] if changes else [])


@pytest.mark.parametrize(
    ("zone", "at"),
    crossed(
        *("2026-11-01T04:30", "2026-11-02T15:00", "2027-03-14T11:30"),
        *("2028-02-29T19:15", "2027-12-31T23:30", "2028-01-01T04:30"),
    ),
)
def test_admin_names_the_instant_that_was_typed(client, db, zone, at):
    """From the form through the case, the choices of the next form and the message to what the family reads."""
    at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    department = factories.department()
    department.locations.add(factories.location("far", time_zone=zone))
    ana = factories.clinician()
    ana.departments.add(department)
    client.force_login(factories.coordinator("cora", department, permissions=("work_requests", "view_message")))

    def page(name):
        return reverse(f"admin:appointments_request_{name}", args=[row.pk])

    def letter(kind):
        return client.get(reverse("admin:outbox_message_change", args=[Message.objects.get(kind=kind).pk])).text

    with time_machine.travel(BEFORE, tick=False):
        row = factories.request(department=department)
        one = typed(at, zone, clinician=ana.pk, where=f"place-{department.locations.get().pk}")
        several = {f"time-0-{name}": value for name, value in one.items()}
        client.post(page("offer"), {"seen": 0, "time-TOTAL_FORMS": "1", "time-INITIAL_FORMS": "0", **several})
        held = OfferedTime.objects.get()
        case, choice, offered = client.get(page("change")).text, client.get(page("confirm")).text, letter("offered")
        confirmed = client.post(page("confirm"), {"seen": 1, "held": held.pk}, follow=True).text
        told = letter("confirmed")

    assert (held.starts_at, held.ends_at, held.zone) == (at, at + timedelta(hours=1), zone)
    assert [set(read_back(text)) for text in (case, choice, confirmed, told)] == [{at}] * 4
    assert at in read_back(offered)  # which says as well until when it is held


@settings(max_examples=MANY, deadline=None, derandomize=True)
@given(at=instants, zone=st.sampled_from(ZONES), ahead=st.integers(-400 * 24 * 60, 400 * 24 * 60))
def test_short_words_of_the_queue_mean_one_instant(at, zone, ahead):
    """To a reader who knows what day it is there, and whether it lies ahead."""
    now = at - timedelta(minutes=ahead)
    with time_machine.travel(now, tick=False):
        said = due_dates.relative(at, zone).replace("\u00a0", " ")

    word, clock, twice = re.fullmatch(r"(.+?),? (\d+:\d\d (?:am|pm|noon))(?: \((\w+)\))?", said).groups()
    assert (
        instant(day_called(word, now.astimezone(ZoneInfo(zone)).date(), later=ahead > 0), clock, twice, ZoneInfo(zone)) == at
    )


def day_called(word, today, *, later):
    """“tomorrow”, “Tue”, “8 Sep”, “8 Sep 2027”, said on the day `today`."""
    near = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if word in near:
        return today + timedelta(days=near[word])
    if len(word) == len("Tue"):
        days = [today + timedelta(days=ahead) for ahead in (range(2, 7) if later else range(-6, -1))]
        return next(day for day in days if f"{day:%a}" == word)
    return datetime.strptime(word if len(word) > len("31 Dec") else f"{word} {today.year}", "%d %b %Y").date()  # noqa: DTZ007
