"""The page of one request: all of the case, read only by those who may, and every reading recorded."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments import actions
from appointments.actions.booking import Slot
from appointments.models import Request
from foundation.audit.actions import faults
from foundation.audit.models import Record
from foundation.outbox.models import Message
from foundation.privacy.fields import Sealed
from foundation.workflow import Refused
from tests import factories
from tests.clients import Client
from tests.parallel import at_once

NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)  # Tuesday noon in New York


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def mine(db):
    row = factories.department("rheumatology")
    row.locations.add(factories.location())
    factories.clinician().departments.add(row)
    return row


@pytest.fixture
def cora(client, mine):
    user = factories.coordinator("cora", mine, permissions=("work_requests", "view_message"))
    client.force_login(user)
    return user


@pytest.fixture
def case(mine):
    wishes = {"days": ["1-am", "3-pm"], "earliest": "2026-12-01", "avoid": "", "preferred": ["December 8"]}
    contact = {"how": "call", "message": "no"}
    return factories.request(
        department=mine, wishes=json.dumps(wishes), contact=json.dumps(contact), interpreter="asl", help_needed="Large print"
    )


def address(row, name="change"):
    return reverse(f"admin:appointments_request_{name}", args=[row.pk])


def slot(mine, day=8, hour=15):
    starts_at = datetime(2026, 12, day, hour, tzinfo=UTC)
    place = mine.locations.get()
    return Slot(mine.clinicians.get(), starts_at, starts_at + timedelta(minutes=45), place.time_zone, place)


def test_case_tells_who_what_and_when(client, cora, case):
    facts = {label: words for _title, pairs in client.get(address(case)).context["facts"] for label, words in pairs}

    assert facts == {
        "Child’s name": "Kim Sample",
        "Child’s date of birth": "Tuesday, April 3, 2018 (8 years)",
        "Name": "Pat Sample",
        "Who asks": "I am the child’s parent",
        "Phone": "212 555 0199",
        "Email": "pat@example.org",
        "How to reach them": "Call me",
        "Leave a message?": "No, do not leave a message",
        "Department": "Rheumatology",
        "Visit": "A first visit with us",
        "How to meet": "In person",
        "Interpreter": "Yes, American Sign Language (ASL)",
        "Help they need": "Large print",
        "Good days": "Monday morning\nWednesday afternoon",
        "Not before": "Tuesday, December 1, 2026",
        "Best": "December 8",
    }


def test_case_tells_what_happened_newest_first(client, cora, case):
    with time_machine.travel(NOON, tick=False) as clock:
        actions.take(request=case, by=cora)
        clock.shift(60)
        actions.record_attempt(request=case, by=cora, channel="call", outcome="no-answer")
        clock.shift(60)
        actions.ask_question(request=case, by=cora, words="Is there an MRI?")
        clock.shift(60)
        actions.add_words(request=case, words="Yes, on a disc.")
        actions.write_note(request=case, by=cora, words="Ask Dr. Example.")

        history = client.get(address(case)).context["history"]

    assert [(entry.when, entry.who, entry.what, entry.more or entry.words) for entry in history] == [
        ("today 12:03\u00a0pm", "cora", "noted for staff", "Ask Dr. Example."),
        ("today 12:03\u00a0pm", "The family", "wrote", "Yes, on a disc."),
        ("today 12:02\u00a0pm", "cora", "asked the family", "Is there an MRI?"),
        ("today 12:01\u00a0pm", "cora", "tried to reach the family", "Phone call: No answer; next try tomorrow 12:01\u00a0pm"),
        ("today 12:00\u00a0noon", "cora", "took it", "Being read"),
        ("today 12:00\u00a0noon", "The family", "sent the request", ""),
    ]


def test_case_tells_times_and_messages(client, cora, mine, case):
    actions.offer(request=case, by=cora, slots=[slot(mine), slot(mine, hour=17)])
    Message.objects.filter(kind="received").update(status="failed", last_fault="TimeoutError")

    response = client.get(address(case))

    assert response.context["times"] == [
        (
            "Offered, held until Fri 12:00\u00a0noon",
            f"Tuesday, December 8, 2026 at {hour} Eastern time (New York)",
            "Ana Example, MD",
            "Main Campus",
        )
        for hour in ("10:00\u00a0am", "12:00\u00a0noon")
    ]
    assert [(called, state) for _message, called, state in response.context["mail"]] == [
        (f"Your appointment request {case}: times to choose from", "Waiting, next try today 12:00\u00a0noon"),
        (f"Your appointment request {case}: we have it", "Failed (TimeoutError)"),
    ]


def test_reading_a_case_is_recorded_once_and_kept_by_nobody(client, cora, case):
    response = client.get(address(case))

    found = Record.objects.filter(verb="read")
    assert [(row.actor, row.label) for row in found] == [("cora", case.reference)]
    assert {"child_name", "child_born", "email", "phone", "note", "wishes", "contact"} <= set(found[0].detail["fields"])
    assert "no-store" in response["Cache-Control"]


def test_nothing_is_asked_while_the_audit_is_locked(client, cora, mine, case):
    """Every verb waits for the audit's one row: a reader holds it for its record alone, and no other row meanwhile."""
    actions.offer(request=case, by=cora, slots=[slot(mine)])

    with CaptureQueriesContext(connection) as asked:
        client.get(address(case))

    words = [query["sql"] for query in asked]
    own = [number for number, sql in enumerate(words) if "audit_" in sql]
    assert all("audit_" in sql for sql in words[own[0] : own[-1]])
    assert [sql for sql in words if "FOR " in sql and "UPDATE" in sql and "audit_head" not in sql] == []


def test_page_title_names_nobody(client, cora, case):
    assert client.get(address(case)).context["title"] == f"Request {case}"


def test_case_of_another_department_is_refused_and_not_recorded(client, cora):
    case = factories.request(department=factories.department("orthopedics"))

    codes = [client.get(address(case, name)).status_code for name in ("change", "history", "copy", "delete")]

    assert codes == [403, 403, 405, 403]
    assert Record.objects.filter(verb="read").count() == 0


@pytest.mark.parametrize("number", ["0", "999", "99999999999999999999", "abc", "²"])
def test_no_case_is_not_found(client, cora, number):
    assert client.get(f"/admin/appointments/request/{number}/change/").status_code == 404


def test_case_is_not_changed_by_a_form(client, cora, case):
    response = client.post(address(case), {"status": "closed", "child_name": "Other"})

    assert response.status_code == 405


def test_case_costs_the_same_whatever_happened(client, cora, mine, case):
    actions.take(request=case, by=cora)
    client.get(address(case))
    with CaptureQueriesContext(connection) as few:
        client.get(address(case))
    for _time in range(3):
        actions.record_attempt(request=case, by=cora, channel="call", outcome="no-answer")
        actions.write_note(request=case, by=cora, words="Note.")
    actions.offer(request=case, by=cora, slots=[slot(mine), slot(mine, 9), slot(mine, 10)])

    with CaptureQueriesContext(connection) as many:
        client.get(address(case))

    assert len(many) == len(few)


def test_case_leads_to_what_is_due_next(client, cora, mine, case):
    other = factories.request("b" * 64, department=mine)
    factories.request("c" * 64, department=factories.department("orthopedics"))

    assert client.get(address(case)).context["next"] == other


def test_unread_words_are_marked_as_read_by_a_button_and_only_those_on_the_screen(client, cora, case):
    first = actions.add_words(request=case, words="We moved.")
    looked = client.get(address(case))
    second = actions.add_words(request=case, words="And one more thing.")

    client.post(address(case, "read"), {"seen": case.version, "upto": looked.context["upto"]})

    assert client.get(address(case)).context["unread"] == [(second.pk, "And one more thing.")]
    first.refresh_from_db()
    assert first.read_at == NOON
    assert Record.objects.filter(verb="read the words of").count() == 1


def test_looking_leaves_words_unread(client, cora, case):
    note = actions.add_words(request=case, words="We moved.")

    client.get(address(case))

    note.refresh_from_db()
    assert note.read_at is None


def test_what_no_key_opens_any_more_is_said_so(client, cora, case):
    type(case).objects.filter(pk=case.pk).update(note=Sealed("gone.AAAA"))

    facts = {label: words for _title, pairs in client.get(address(case)).context["facts"] for label, words in pairs}

    assert facts["Note"] == "cannot be read any more"


# --- the privacy officer ----------------------------------------------------------------------------------------------


@pytest.fixture
def priya(client, db):
    user = factories.staff("priya", "erase_request", "see_all_requests")
    client.force_login(user)
    return user


def test_privacy_officer_gives_the_family_its_copy(client, priya, case):
    response = client.post(address(case, "copy"))

    assert response["Content-Disposition"] == f'attachment; filename="{case}.txt"'
    assert "no-store" in response["Cache-Control"]
    assert "Kim Sample" in response.content.decode()
    assert Record.objects.filter(verb="copied", actor="priya").count() == 1


def test_coordinator_gives_no_copy(client, cora, case):
    assert client.post(address(case, "copy")).status_code == 403


def test_privacy_officer_erases_a_closed_request(client, cora, priya, case):
    actions.close(request=case, by=cora, reason="elsewhere", words="Done.")
    client.force_login(priya)

    response = client.post(address(case, "erase"), {"seen": case.version, "reason": "asked"}, follow=True)

    case.refresh_from_db()
    assert (case.child_name, case.email, case.erased_at) == ("", "", NOON)
    assert "Kim Sample" not in response.text
    assert "What the family told us was erased on Nov. 24, 2026" in response.text


def test_open_request_is_not_erased(client, priya, case):
    response = client.post(address(case, "erase"), {"seen": case.version, "reason": "asked"})

    assert "Close this request first" in response.text
    case.refresh_from_db()
    assert case.child_name == "Kim Sample"


# --- many at once -----------------------------------------------------------------------------------------------------


def test_readers_and_workers_of_one_case_never_lock_each_other_out(own):
    department = factories.department("rheumatology")
    department.locations.add(factories.location())
    factories.clinician().departments.add(department)
    cora = factories.coordinator("cora", department, permissions=("work_requests", "view_message"))
    row = factories.request(department=department)

    def look(_number):
        browser = Client()
        browser.force_login(cora)
        return browser.get(address(row)).status_code

    def write(_number):
        actions.write_note(request=Request.objects.get(pk=row.pk), by=cora, words="Called.")

    def move(number):
        hour = slot(department, day=number + 1)
        return actions.confirm_by_phone(request=Request.objects.get(pk=row.pk), by=cora, slot=hour) and None

    done = at_once(lambda act: act[0](act[1]), [(act, number) for number in range(5) for act in (look, look, write, move)])

    assert {str(result) for result in done if not isinstance(result, Refused)} == {"200", "None"}
    assert list(faults()) == []
    assert Record.objects.filter(verb="read").count() == 10


def test_case_says_that_a_patient_of_age_decides(client, cora, mine):
    grown = factories.request(department=mine, child_born="2006-04-03")
    child = factories.request("b" * 64, department=mine)

    assert "The patient is of age" in client.get(address(grown)).text
    assert "The patient is of age" not in client.get(address(child)).text
