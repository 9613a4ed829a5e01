"""The lost link: the same page for everybody, the link only to the address it belongs to."""

import re
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import time_machine
from django.core import mail

from appointments.views.find import FROM_ONE_PLACE, HOUR
from foundation.outbox.models import Message
from foundation.privacy import limits
from tests import factories
from tests.outbox import deliver_one

pytestmark = pytest.mark.django_db
FIND = "/appointments/find/"


@pytest.fixture
def row():
    request = factories.request()
    while deliver_one():
        pass
    mail.outbox.clear()
    return request


PAGES = count()


def ask(client, reference, email="pat@example.org", once=None, **more):
    """As from a page opened anew, unless `once` says that it is the same page."""
    return client.post(FIND, {"reference": reference, "email": email, "once": once or str(next(PAGES))}, **more)


def sent_to():
    while deliver_one():
        pass
    return [letter.to for letter in mail.outbox]


def test_page_asks_for_reference_and_email(client):
    response = client.get(FIND)

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert 'name="reference"' in response.content.decode()
    assert 'name="email"' in response.content.decode()


@pytest.mark.parametrize("written", ["{}", " {} ", "lower", "spaced"])
def test_link_is_sent_however_the_reference_is_written(client, row, written):
    forms = {"lower": row.reference.lower(), "spaced": row.reference.replace("-", " ")}

    ask(client, forms.get(written) or written.format(row.reference), "PAT@Example.org ")

    assert sent_to() == [["pat@example.org"]]
    assert f"/appointments/r/{row.link}/" in mail.outbox[0].body


def test_answer_is_the_same_whether_or_not_the_request_exists(client, row):
    answers = [
        ask(client, row.reference),
        ask(client, row.reference, "other@example.org"),
        ask(client, "K7M4-QXP2", "third@example.org"),
    ]

    pages = {answer.content.split(b"<main")[1] for answer in answers}
    assert {answer.status_code for answer in answers} == {200}
    assert len(pages) == 1
    assert sent_to() == [["pat@example.org"]]


@pytest.mark.databases
def test_work_is_the_same_whether_or_not_the_request_exists(client, row):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask(client, "K7M4-QXP2", "warm@example.org")
    with CaptureQueriesContext(connection) as found:
        ask(client, row.reference, "pat@example.org")
    with CaptureQueriesContext(connection) as missed:
        ask(client, row.reference, "other@example.org")

    assert [q["sql"].split()[0] for q in found] == [q["sql"].split()[0] for q in missed]


@pytest.mark.parametrize("press", ["once", ""])
def test_form_that_is_sent_twice_sends_one_mail_and_one_opened_anew_another(client, row, press):
    page = re.search(r'name="once" value="(\w+)"', client.get(FIND).text)[1]
    sent = {"reference": row.reference, "email": "pat@example.org"} | ({"once": page} if press else {})

    answers = [client.post(FIND, sent) for _press in range(3)]

    assert len({answer.content.split(b"<main")[1] for answer in answers}) == 1
    assert sent_to() == [["pat@example.org"]]
    ask(client, row.reference)
    assert sent_to() == [["pat@example.org"]] * 2


def test_message_about_nothing_is_dropped(client, row):
    ask(client, "K7M4-QXP2")

    assert sent_to() == []
    assert Message.objects.get(kind="link").status == "dropped"


def test_request_without_email_cannot_be_found(client):
    request = factories.request(email="")

    answer = ask(client, request.reference, "pat@example.org")

    assert answer.status_code == 200
    assert sent_to() == []


@pytest.mark.parametrize(
    ("reference", "email", "fault"),
    [
        ("", "pat@example.org", "Enter your reference, like K7M4-QXP2"),
        ("K7M4", "pat@example.org", "Enter a reference of eight letters and numbers, like K7M4-QXP2"),
        ("K7M4-QXP2", "", "Enter your email address, like name@example.com"),
        ("K7M4-QXP2", "pat", "Enter an email address in the correct format, like name@example.com"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_stays(client, reference, email, fault):
    source = ask(client, reference, email).content.decode()

    assert f">{fault}</a>" in source
    assert "<title>Error: Find your request" in source
    assert f'value="{reference or email}"' in source
    assert Message.objects.count() == 0


def test_a_link_is_sent_three_times_a_day_and_the_page_says_the_same_however_often(client, row):
    with time_machine.travel(datetime(2027, 3, 2, 15, 0, tzinfo=UTC), tick=False):
        found = [ask(client, row.reference, REMOTE_ADDR=f"192.0.2.{number}") for number in range(5)]
        missed = [ask(client, "K7M4-QXP2", REMOTE_ADDR=f"192.0.2.{number}") for number in range(5)]

        assert {answer.status_code for answer in found + missed} == {200}
        assert len({answer.content.split(b"<main")[1] for answer in found + missed}) == 1
        assert len(sent_to()) == 3


def test_a_stranger_who_guesses_references_does_not_use_up_the_familys_own_mails(client, row):
    for number in range(9):
        ask(client, f"K7M4-QXP{number}")

    ask(client, row.reference)

    assert sent_to() == [["pat@example.org"]]


def test_one_place_asks_hundreds_of_times_an_hour(client, rf):
    with time_machine.travel(datetime(2027, 3, 2, 15, 0, tzinfo=UTC), tick=False):
        for _number in range(FROM_ONE_PLACE - 1):
            limits.allowed(rf.get("/"), what="lost link", most=FROM_ONE_PLACE, per=HOUR)
        statuses = [ask(client, "K7M4-QXP2", f"a{number}@example.org").status_code for number in range(2)]
    with time_machine.travel(datetime(2027, 3, 2, 15, 0, tzinfo=UTC) + timedelta(hours=1), tick=False):
        later = ask(client, "K7M4-QXP2", "b@example.org").status_code

    assert FROM_ONE_PLACE >= 200
    assert (statuses, later) == ([200, 429], 200)
