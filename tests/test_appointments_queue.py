"""The queue in the admin: what is due first, whose it is, what is told in it and what is not."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments import actions
from appointments.actions import booking
from appointments.admin import due_dates
from appointments.models import Request
from foundation.audit.models import Record
from foundation.outbox.models import Message
from tests import factories
from tests.admin_forms import told
from tests.test_privacy_fields import put

QUEUE = reverse("admin:appointments_request_changelist")
FIND = reverse("admin:appointments_request_find")
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)  # Tuesday noon in New York
SECRETS = ["Kim Sample", "Pat Sample", "pat@example.org", "212 555 0199", "2018-04-03", "April 3"]


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def mine(db):
    return factories.department("rheumatology")


@pytest.fixture
def theirs(db):
    return factories.department("orthopedics")


@pytest.fixture
def cora(client, mine):
    user = factories.coordinator("cora", mine)
    client.force_login(user)
    return user


def asked(letter, due=None, **fields):
    """A request that is due `due` from now."""
    row = factories.request(letter * 64, **fields)
    if due is not None:
        Request.objects.filter(pk=row.pk).update(due_at=NOON + due)
        row.refresh_from_db()
    return row


def references(client, **query):
    return [row.reference for row in client.get(QUEUE, query).context["cl"].result_list]


@pytest.mark.databases
def test_queue_shows_open_requests_of_own_departments_by_what_is_due_first(client, cora, mine, theirs):
    later = asked("a", timedelta(days=1), department=mine)
    first = asked("b", timedelta(hours=-3), department=mine)
    asked("c", timedelta(hours=1), department=theirs)
    done = asked("d", department=mine, child_name="Other Child")
    actions.close(request=done, by=cora, reason="elsewhere", words="Done.")

    assert references(client) == [first.reference, later.reference]
    assert references(client, state="closed") == [done.reference]


def test_coordinator_lead_sees_every_department(client, mine, theirs):
    client.force_login(factories.staff("lena", "work_requests", "see_all_requests"))
    found = [asked("a", timedelta(0), department=mine), asked("b", timedelta(1), department=theirs)]

    assert references(client) == [row.reference for row in found]


def test_next_step_is_a_link_for_who_may_take_it_alone(client, cora, mine):
    address = reverse("admin:appointments_request_hours", args=[asked("a", department=mine, taken_by=cora).pk])
    for user, leads in [(cora, True), (factories.staff("olga", "view_request", "see_all_requests", "erase_request"), False)]:
        client.force_login(user)
        page = client.get(QUEUE).text
        assert ("Offer times" in page, address in page) == (True, leads)


def test_queue_tells_nothing_of_who_a_child_is(client, cora, mine):
    asked("a", department=mine, note="Her knee hurts")

    text = client.get(QUEUE, {"state": "all"}).text

    assert [word for word in [*SECRETS, "knee"] if word in text] == []


DUE = [
    (timedelta(days=-2, hours=-2), "overdue since Sun 10:00\u00a0am (2 days)", "overdue"),
    (timedelta(hours=-2), "overdue since today 10:00\u00a0am (2 hours)", "overdue"),
    (timedelta(minutes=-1), "overdue since today 11:59\u00a0am (1 minute)", "overdue"),
    (timedelta(hours=5), "due today 5:00\u00a0pm", "today"),
    (timedelta(days=1), "due tomorrow 12:00\u00a0noon", "later"),
    (timedelta(days=3), "due Fri 12:00\u00a0noon", "later"),
    (timedelta(days=20), "due 14 Dec, 12:00\u00a0noon", "later"),
    (timedelta(days=50), "due 13 Jan 2027, 12:00\u00a0noon", "later"),
]


def test_when_it_is_due_is_told_in_words_and_colour(client, cora, mine):
    for letter, (ahead, _words, _kind) in zip("abcdefgh", DUE, strict=True):
        asked(letter, ahead, department=mine)

    told = re.findall(r'<span class="due due-(\w+)">([^<]+)</span>', client.get(QUEUE).text)

    assert told == [(kind, words) for _ahead, words, kind in DUE]


FILTERS = [
    ({}, "abcd"),
    ({"due": "overdue"}, "a"),
    ({"due": "today"}, "b"),
    ({"due": "week"}, "bc"),
    ({"state": "received"}, "acd"),
    ({"state": "reading"}, "b"),
    ({"taken": "me"}, "b"),
    ({"taken": "nobody"}, "acd"),
    ({"words": "unread"}, "c"),
    ({"mode__exact": "virtual"}, "d"),
    ({"department": "rheumatology"}, "abcd"),
    ({"department": "orthopedics"}, ""),
    ({"state": "nonsense"}, ""),
]


@pytest.mark.databases
def test_filters(client, cora, mine):
    theirs = factories.department("orthopedics")
    rows = {
        "a": asked("a", timedelta(hours=-1), department=mine),
        "b": asked("b", timedelta(hours=1), department=mine),
        "c": asked("c", timedelta(days=2), department=mine),
        "d": asked("d", timedelta(days=9), department=mine, mode="virtual", state="NY"),
    }
    asked("e", timedelta(hours=-1), department=theirs, mode="virtual", state="NY")
    actions.take(request=rows["b"], by=cora)
    actions.add_words(request=rows["c"], words="We moved.")

    letters = {row.reference: letter for letter, row in rows.items()}
    found = [(query, "".join(letters[reference] for reference in references(client, **query))) for query, _letters in FILTERS]

    assert found == FILTERS


def test_unread_words_are_marked_in_the_row(client, cora, mine):
    actions.add_words(request=asked("a", department=mine), words="We moved.")

    text = client.get(QUEUE).text

    assert '<span class="tag">Read what they wrote</span>' in text
    assert "We moved" not in text


@pytest.mark.databases
def test_counts_stand_above_the_list_for_own_departments(client, cora, mine, theirs):
    asked("a", timedelta(hours=-1), department=mine)
    actions.take(request=asked("b", department=mine), by=cora)
    asked("c", timedelta(hours=-1), department=theirs)

    context = client.get(QUEUE).context

    assert {tab.label: tab.number for tab in context["tabs"]} == {
        "Our turn": 2,
        "The family’s turn": 0,
        "Visit agreed": 0,
        "Visit is over": 0,
        "Closed": None,
    }
    assert {tab.label: tab.number for tab in context["whose"]} == {"Everyone’s": None, "Mine": 1, "Nobody’s": 1}


def test_queue_costs_the_same_with_one_and_three_rows(client, cora, mine):
    crmo = factories.condition()
    asked("a", department=mine, condition=crmo)
    client.get(QUEUE)
    with CaptureQueriesContext(connection) as few:
        client.get(QUEUE)
    for letter in "bc":
        actions.take(request=asked(letter, department=mine, condition=factories.condition(letter)), by=cora)

    with CaptureQueriesContext(connection) as many:
        response = client.get(QUEUE)

    assert response.context["cl"].result_count == 3
    assert len(many) == len(few)


@pytest.mark.databases
def test_search_finds_by_reference_email_and_phone(client, cora, mine):
    row = asked("a", department=mine)
    asked("b", department=mine, email="other@example.org", phone="212 555 0111")
    typed = [row.reference, row.reference.lower(), row.reference.replace("-", "")]
    typed += [" PAT@example.org ", "(212) 555-0199", "+1 212 555 0199"]

    led_to = {words: client.post(FIND, {"q": words})["Location"] for words in typed}

    assert led_to == dict.fromkeys(typed, reverse("admin:appointments_request_change", args=[row.pk]))


def test_search_with_several_finds_leads_to_a_list_without_what_was_typed(client, cora, mine):
    rows = [asked(letter, department=mine) for letter in "ab"]
    asked("c", department=mine, email="other@example.org", phone="212 555 0111")

    response = client.post(FIND, {"q": "pat@example.org"}, follow=True)

    assert response.redirect_chain == [(f"{QUEUE}?state=all&same={rows[1].reference}", 302)]
    assert {row.reference for row in response.context["cl"].result_list} == {row.reference for row in rows}


@pytest.mark.databases
def test_search_finds_nothing_else(client, cora, mine):
    asked("a", department=mine)
    typed = ["", "Kim", "Sample", "pat", "555", "'; --", "nobody@example.org", "x" * 500, "\x00"]

    found = {words: " ".join(told(client.post(FIND, {"q": words}, follow=True))) for words in typed}

    assert found == dict.fromkeys(typed, "No request that you may see has this reference, email address or phone.")


def test_search_does_not_find_what_one_may_not_see(client, cora, theirs):
    row = asked("a", department=theirs)

    found = [client.post(FIND, {"q": typed})["Location"] for typed in (row.reference, "pat@example.org")]
    same = references(client, same=row.reference, state="all")

    assert found == [QUEUE, QUEUE]
    assert same == []


def test_search_is_never_asked_by_an_address(client, cora):
    assert client.get(FIND, {"q": "pat@example.org"}).status_code == 405


@pytest.mark.parametrize("method", ["get", "post"])
def test_queue_is_closed_to_other_staff(client, db, method):
    client.force_login(factories.staff("edith", "view_condition"))

    codes = [getattr(client, method)(address).status_code for address in (QUEUE, FIND)]

    assert codes in ([403, 405], [403, 403])


# --- export -----------------------------------------------------------------------------------------------------------


def exported(client, *rows):
    return client.post(QUEUE, {"action": "export_selected", "_selected_action": [row.pk for row in rows]})


def test_export_needs_its_permission(client, cora, mine):
    row = asked("a", department=mine)

    response = exported(client, row)

    assert response["Content-Type"].startswith("text/html")
    assert Record.objects.filter(verb="exported").count() == 0


def test_export_holds_selected_requests_and_is_recorded(client, mine, theirs):
    client.force_login(factories.coordinator("lena", mine, permissions=("work_requests", "export_request")))
    row, other = asked("a", department=mine), asked("b", department=theirs)

    response = exported(client, row, other)

    lines = response.content.decode("utf-8-sig").splitlines()
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    assert len(lines) == 2
    assert lines[1].startswith(f"{row.reference},received,2026-11-24T12:00-05:00,")
    assert "Kim Sample" in lines[1]
    assert [record.label for record in Record.objects.filter(verb="exported")] == [row.reference]


def unread(row, *columns):
    """As if their key were gone, or somebody had altered them."""
    return put(row, **dict.fromkeys(columns, "gone.AAAA"))


def test_export_goes_on_past_what_no_key_opens_and_says_so(client, mine):
    client.force_login(factories.coordinator("lena", mine, permissions=("work_requests", "export_request")))
    rows = [asked(letter, department=mine, child_name=f"Kid {letter}", email=f"{letter}@example.org") for letter in "abc"]
    unread(rows[0], "child_name", "email")
    unread(rows[2], *(field.column for field in Request.sealed_fields()))

    response = exported(client, *rows)
    told = client.get(QUEUE).content.decode()

    lines = {line.partition(",")[0]: line for line in response.content.decode("utf-8-sig").splitlines()}
    assert [lines[row.reference].count("cannot be read any more") for row in rows[:2]] == [2, 0]
    assert lines[rows[2].reference].count("cannot be read any more") > 5
    assert "Kid b" in lines[rows[1].reference]
    which = {f"cannot be read in full: {rows[a].reference}, {rows[b].reference}." for a, b in ((0, 2), (2, 0))}
    assert [words in told for words in which].count(True) == 1
    assert [name in told for name in ("Kid a", "b@example.org")] == [False, False]
    assert Record.objects.filter(verb="exported").count() == 3


def test_a_relative_that_no_key_opens_holds_up_nobody(mine):
    row, twin, closed = (asked(letter, department=mine, email="pat@example.org") for letter in "abc")
    unread(closed, "child_name")

    assert booking.lock_for_booking(Request.objects.get(pk=row.pk), []) == [row.pk, twin.pk, closed.pk]  # known by their index


def test_export_can_be_no_formula(client, mine):
    client.force_login(factories.coordinator("lena", mine, permissions=("work_requests", "export_request")))
    starts = ["=", "+", "-", "@", "\t", "\r", "\x00="]
    rows = [asked(str(n), department=mine, child_name=f"{start}cmd{n}()") for n, start in enumerate(starts)]

    text = exported(client, *rows).content.decode("utf-8-sig")

    assert "\x00" not in text
    assert [start for n, start in enumerate(starts) if f"'{start.replace(chr(0), '')}cmd{n}()" not in text] == []


def test_export_is_no_get(client, mine):
    client.force_login(factories.coordinator("lena", mine, permissions=("work_requests", "export_request")))
    row = asked("a", department=mine)

    response = client.get(QUEUE, {"action": "export_selected", "_selected_action": [row.pk]})

    assert not response["Content-Type"].startswith("text/csv")
    assert Record.objects.filter(verb="exported").count() == 0


# --- the first page ---------------------------------------------------------------------------------------------------


@pytest.mark.databases
def test_first_page_shows_a_coordinator_what_waits(client, cora, mine, theirs):
    late, today = asked("a", timedelta(hours=-2), department=mine), asked("b", timedelta(hours=4), department=mine)
    wrote = asked("c", timedelta(days=4), department=mine)
    actions.add_words(request=wrote, words="We moved.")
    Message.objects.filter(object_id=today.pk).update(status="failed", last_fault="TimeoutError")
    given = asked("e", timedelta(days=4), department=theirs)
    actions.hand_over(request=given, by=factories.coordinator("otto", theirs), department=mine, reason="Theirs")
    Message.objects.filter(object_id=given.pk).delete()
    hidden = asked("d", timedelta(hours=-2), department=theirs)
    actions.add_words(request=hidden, words="Hidden.")
    Message.objects.filter(object_id=hidden.pk).update(status="failed")

    waiting, name = client.get(reverse("admin:index")).context["waiting"], mine.name

    assert {row.title: [(thing.text, thing.note) for thing in row.things] for row in waiting} == {
        "Nobody’s yet": [
            (late.reference, f'<strong class="due-overdue">overdue since today 10:00\u00a0am (2 hours)</strong>, {name}'),
            (today.reference, f"due today 4:00\u00a0pm, {name}"),
            (given.reference, f"{due_dates.due(Request.objects.get(pk=given.pk)).words}, {name}, handed over"),
            (wrote.reference, f"{due_dates.due(Request.objects.get(pk=wrote.pk)).words}, {name}"),
        ],
        "Yours": [],
        "Overdue, with a colleague": [],
        "With somebody who left": [],
        "What families did": [(wrote.reference, "wrote to you, today 12:00\u00a0noon")],
        "Visits that cannot be as they are": [],
        "These times came free": [],
        "Visits that are over: say how they ended": [],
        "Messages that failed": [(f"Your appointment request {today.reference}: we have it", "TimeoutError")],
    }


@pytest.mark.databases
def test_a_character_that_no_text_can_hold_is_refused_plainly(client, cora):
    queries = ["state=%00", "mode__exact=%00", "department=a%00", "q=%00"]

    assert [client.get(f"{QUEUE}?{query}").status_code for query in queries] == [400] * 4
