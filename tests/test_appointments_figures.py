"""How we are doing: every number counted again another way, small numbers hidden, each number with its list."""

import csv
import io
import random
import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments import actions, business_hours
from appointments.figures import Figures, Period, Spread, hidden
from appointments.models import ClinicHours, OfferedTime, Request
from tests import factories, visits

NOW = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
PAGE = reverse("admin:figures")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


@pytest.fixture
def lead(client):
    user = factories.staff("lea", "see_figures", "see_all_requests", "work_requests", "view_request")
    client.force_login(user)
    return user


def shown(client, query=""):
    """The text of each cell of each table, by the table's name and the row's label."""
    context = client.get(f"{PAGE}{query}").context
    return {table.name: {row.label: [cell.text for cell in row.cells] for row in table.rows} for table in context["tables"]}


def months(place, cora, clock):
    """Some forty requests over half a year, each with a life of its own; everything is done by the actions of staff and family."""
    rng = random.Random(7)
    start = datetime(2026, 9, 1, 13, tzinfo=UTC)
    for number in range(40):
        clock.move_to(start + timedelta(days=4 * number, hours=rng.randrange(8)))
        mode = rng.choice(["in-person", "virtual"])
        condition = factories.condition(f"c{number}") if number < 3 else None
        own = {"email": f"p{number}@example.org", "phone": f"212 555 {number:04}", "child_name": f"Kid {number}"}
        own |= {"mode": mode, "state": "NY", "visit": rng.choice(["new", "follow-up"]), "condition": condition}
        row = factories.request(f"{number:064}", department=place, site_language=rng.choice(["en", "en", "es"]), **own)
        clock.shift(timedelta(hours=rng.choice([1, 5, 26, 100])))
        live(row, cora, rng, clock)


def live(row, cora, rng, clock):
    act = rng.randrange(6)
    if act == 0:
        actions.withdraw(request=row)
    elif act == 1:
        actions.close(request=row, by=cora, reason=rng.choice(["elsewhere", "not-reached"]), words="Ask again.")
    elif act > 2:
        at = timezone.now() + timedelta(days=rng.randrange(2, 20))
        where = {"location": None, "video_link": "https://video.example.org/a"} if row.mode == "virtual" else {}
        actions.confirm_by_phone(request=row, by=cora, slot=visits.slot(row, at, **where))
        clock.move_to(at + timedelta(hours=2))
        if act > 3:
            actions.record_outcome(request=row, by=cora, came=act == 4)


def recounted(place, first, last):
    """Every number anew, row by row, by rules written a second time."""
    day = lambda moment: timezone.localtime(moment).date()  # noqa: E731
    rows = [row for row in Request.objects.filter(department=place) if first <= day(row.received_at) <= last]
    kept = [row for row in rows if row.first_contact_at and row.first_contact_at <= row.first_promise_at]
    end = lambda row: row.closed_at or row.lapses_at or NOW + timedelta(days=999)  # noqa: E731
    late = [row for row in rows if (row.first_contact_at or min(NOW, end(row))) > row.first_promise_at and row not in kept]
    hours = sorted(
        business_hours.minutes_between(place, row.received_at, row.first_contact_at) for row in rows if row.first_contact_at
    )
    seen = [
        time
        for time in OfferedTime.objects.exclude(status__in=["offered", "released", "cancelled"])
        if first <= day(time.starts_at) <= last and time.starts_at < NOW
    ]
    new = sorted((t.starts_at - t.request.received_at).days for t in seen if t.request.visit == "new" and t.status != "missed")
    return {
        "requests": len(rows),
        "kept": len(kept),
        "promised": len(kept) + len(late),
        "open": sum(row.is_open for row in rows),
        "half": hours[-(-len(hours) // 2) - 1],
        "visits": len(seen),
        "came": sum(time.status == "came" for time in seen),
        "missed": sum(time.status == "missed" for time in seen),
        "video": sum(time.location_id is None for time in seen),
        "new": new[-(-len(new) // 2) - 1],
    }


def test_every_number_is_the_same_when_counted_anew(client, lead, clock):
    place = visits.department(virtual=True)
    cora = factories.coordinator("cora", place)
    months(place, cora, clock)
    clock.move_to(NOW)

    figures = Figures([place.pk], Period(date(2026, 12, 3), date(2027, 3, 2)))

    for current, first, last in ((True, date(2026, 12, 3), date(2027, 3, 2)), (False, date(2026, 9, 4), date(2026, 12, 2))):
        tally, again = figures.tally(place.pk, current=current), recounted(place, first, last)
        assert (tally.requests.total(), tally.kept, tally.promised, tally.open) == tuple(
            again[name] for name in ("requests", "kept", "promised", "open")
        )
        assert again["half"] < tally.hours.half * 60 <= again["half"] + 15
        assert (tally.visited(), tally.visited("came"), tally.visited("missed"), tally.visited(video=True)) == tuple(
            again[name] for name in ("visits", "came", "missed", "video")
        )
        assert tally.days(new=True).half == again["new"]
    assert again["requests"] > 20
    lists_hold_what_the_numbers_say(client)
    erasing_changes_no_number(client, cora)


def lists_hold_what_the_numbers_say(client):
    """Every number of the page leads to a list of as many requests."""
    context = client.get(PAGE).context
    tables = [table for table in context["tables"] if table.name != "weeks"] + [context["tables"][0]]
    cells = [cell for table in tables for row in table.rows[:12] for cell in row.cells if cell.address]
    assert len(cells) > 25
    for cell in cells[:40]:
        if number := re.match(r"\d+$|\d+(?= of )", cell.text):
            assert client.get(cell.address).context["cl"].result_count == int(number[0]), cell


def erasing_changes_no_number(client, cora):
    before = shown(client)
    officer = factories.staff("pia", "erase_request", "see_all_requests")
    closed = Request.objects.filter(status="closed")
    for row in closed:
        actions.privacy.erase(row, by=officer, reason="asked")

    assert closed.count() > 10
    assert shown(client) == before


def test_the_page_asks_as_much_for_three_requests_as_for_one(client, lead):
    counts = []
    for letter in "ab":
        row = factories.request(letter * 64, email=f"{letter}@example.org")
        Request.objects.filter(pk=row.pk).update(received_at=NOW - timedelta(days=1))
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE)
        counts.append(len(asked))

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([(30,), (20,)], set()),
        ([(30,), (20,), (3,)], {1, 2}),  # alone it could be found by subtraction
        ([(30,), (20,), (3,), (1,)], {1, 2, 3}),  # together they are four
        ([(30,), (4,), (3,), (2,)], {1, 2, 3}),
        ([(6, 2), (20, 20)], {0, 1}),  # “6 of 8” tells that two were late
        ([(6, 2), (9, 9), (40, 40)], {0, 1}),
        ([(3,)], {0}),
        ([], set()),
    ],
)
def test_small_numbers_and_those_by_which_they_could_be_found_are_hidden(rows, found):
    assert hidden(rows) == found


def test_small_rows_are_put_together_on_the_page_and_in_the_spreadsheet(client, lead):
    place = visits.department()
    common = factories.condition("common", name="Common one")
    rare = [factories.condition(f"rare-{number}", name=f"Rare {number}") for number in range(3)]
    for number in range(12):
        condition = common if number < 6 else rare[number % 3]
        factories.request(f"{number:064}", department=place, email=f"p{number}@example.org", condition=condition)

    table = shown(client)["condition"]
    rows = list(csv.reader(io.StringIO(client.get(reverse("admin:figures_csv")).content.decode("utf-8-sig"))))

    assert table == {"Common one": ["6", "not shown"], "All others together": ["6", "not shown"]}
    assert ["Common one", "6", "not shown"] in rows
    assert not [row for row in rows if row and row[0].startswith("Rare")]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("first=2027-03-02&last=2027-03-01", "not before the first"),
        ("first=2020-01-01&last=2027-03-01", "at most 400 days"),
        ("first=soon", "Enter a valid date"),
        ("department=nowhere", "Choose one of your departments"),
    ],
)
def test_days_that_make_no_period_are_said(client, lead, query, said):
    page = client.get(f"{PAGE}?{query}").content.decode()

    assert said in page
    assert "By condition" not in page


@pytest.mark.parametrize(
    "value", ["", "promise.kept", "nothing.~2027-01-01~2027-02-01", "visit.x~2027-01-01~2027-02-01", "how.came~x~y"]
)
def test_list_of_no_number_is_empty_and_never_fails(client, lead, value):
    factories.request()

    page = client.get(reverse("admin:appointments_request_changelist"), {"state": "all", "counted": value})

    assert page.context["cl"].result_count == (0 if value else 1)


def test_lead_of_one_department_sees_that_one(client):
    mine, theirs = factories.department("mine"), factories.department("theirs")
    user = factories.coordinator("lea", mine, permissions=("see_figures", "view_request", "work_requests"))
    for letter, department in (("a", mine), ("b", theirs), ("c", theirs)):
        factories.request(letter * 64, department=department, email=f"{letter}@example.org")
    client.force_login(user)

    found = shown(client)["departments"]

    assert found.keys() == {"Mine"}
    assert found["Mine"][0] == "1"


@pytest.mark.parametrize(
    ("counts", "half", "nine"), [({1: 1}, 1, 1), ({1: 5, 9: 5}, 1, 9), ({2: 9, 7: 1}, 2, 2), ({}, None, None)]
)
def test_half_and_nine_of_ten_are_values_that_came(counts, half, nine):
    spread = Spread(counts)

    assert (spread.half, spread.nine_of_ten) == (half, nine)


def test_first_contact_is_measured_in_business_hours(clock):
    place = visits.department()
    row = factories.request(department=place)  # Tuesday 10 am, and it closes at 5 pm
    clock.move_to(NOW + timedelta(hours=24 + 2))

    actions.ask_question(request=row, by=factories.coordinator("cora", place), words="Which knee?")

    assert Request.objects.get().first_contact_minutes == (7 + 3) * 60


def test_third_next_free_hour_is_told_from_clinic_hours_alone(client, lead):
    place = visits.department()
    query = "?department=rheumatology"
    assert "choose one department" in client.get(PAGE).context["third_next"]
    assert "no clinic hours are entered" in client.get(PAGE + query).context["third_next"]

    ClinicHours.objects.create(
        clinician=place.clinicians.get(),
        department=place,
        weekday=3,
        opens=time(9),
        closes=time(11),
        location=place.locations.get(),
        valid_from=date(2027, 1, 1),
    )  # Wednesdays: two first visits of an hour, begun at 9, 9:30 or 10

    assert "is 1 day away" in client.get(PAGE + query).context["third_next"]
    actions.confirm_by_phone(
        request=factories.request(), by=lead, slot=visits.slot(Request.objects.get(), datetime(2027, 3, 3, 14, tzinfo=UTC))
    )
    assert "is 8 days away" in client.get(PAGE + query).context["third_next"]


def test_leads_read_on_monday_how_last_week_went(lead, clock):
    lead.email = "lea@example.org"
    lead.save()
    factories.staff("cora", "work_requests", email="cora@example.org")
    row = factories.request()
    clock.move_to(datetime(2027, 3, 8, 5, tzinfo=UTC))  # Sunday, midnight in New York

    for _night in range(2):
        call_command("mail_figures", stdout=io.StringIO())
    assert [letter for letter in visits.sent() if "week" in letter.subject] == []
    clock.move_to(datetime(2027, 3, 8, 13, 30, tzinfo=UTC))

    (letter,) = [letter for letter in visits.sent() if "week" in letter.subject]
    assert letter.to == ["lea@example.org"]
    assert "Requests last week: 1 (0 the week before). Promise kept: 0 of 1." in letter.body
    assert "/admin/how-we-are-doing/?first=2027-03-01&last=2027-03-07" in letter.body
    assert row.reference not in letter.body
