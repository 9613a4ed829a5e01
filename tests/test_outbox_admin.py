"""Messages in the admin: whose they are, how they look, and sending a failed one again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.audit.models import Record
from foundation.outbox.models import Message
from tests import factories
from tests.admin_forms import told

LIST = reverse("admin:outbox_message_changelist")
PERMISSIONS = ("work_requests", "view_message", "change_message")


@pytest.fixture
def mine(db):
    return factories.department("rheumatology")


@pytest.fixture
def cora(client, mine):
    user = factories.coordinator("cora", mine, permissions=PERMISSIONS)
    client.force_login(user)
    return user


def message(request, **fields):
    row = Message.objects.get(object_id=request.pk, kind="received")
    Message.objects.filter(pk=row.pk).update(**fields)
    return row


def page(name, row):
    return reverse(f"admin:outbox_message_{name}", args=[row.pk])


def test_list_shows_only_messages_of_own_departments(client, cora, mine):
    own = factories.request("a" * 64, department=mine)
    factories.request("b" * 64, department=factories.department("orthopedics"))

    response = client.get(LIST)

    assert [row.reference for row in response.context["cl"].result_list] == [own.reference]
    assert f"Your appointment request {own.reference}: we have it" in response.text
    assert "pat@example.org" not in response.text


def test_list_costs_the_same_with_one_and_three_rows(client, cora, mine):
    factories.request("a" * 64, department=mine)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for letter in "bc":
        factories.request(letter * 64, department=mine)

    with CaptureQueriesContext(connection) as many:
        client.get(LIST)

    assert len(many) == len(few)


def test_message_is_shown_as_the_family_sees_it_without_the_key_of_its_link(client, cora, mine):
    request = factories.request(department=mine)

    response = client.get(page("change", message(request)))

    assert f"Your appointment request {request.reference}: we have it" in response.text
    assert "/appointments/r/…/" in response.text
    assert request.link not in response.text


def test_message_of_another_department_is_refused(client, cora):
    row = message(factories.request(department=factories.department("orthopedics")))

    assert [client.get(page(name, row)).status_code for name in ("change", "history", "send-again")] == [403, 403, 403]


def test_failed_message_is_sent_again(client, cora, mine):
    row = message(factories.request(department=mine), status="failed", attempts=90, last_fault="SMTPServerDisconnected")

    response = client.post(page("send-again", row), follow=True)

    row.refresh_from_db()
    assert told(response) == ["It waits to be sent again."]
    assert (row.status, row.attempts) == ("waiting", 0)
    assert Record.objects.filter(kind="outbox.message", verb="sent again", actor="cora").count() == 1


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"status": "waiting"}, "Waiting"),
        ({"status": "sent", "sent_at": factories.LONG_AGO}, "Sent"),
        ({"status": "dropped"}, "No longer needed"),
    ],
)
def test_message_that_has_not_failed_is_not_sent_again(client, cora, mine, fields, state):
    row = message(factories.request(department=mine), **fields)

    response = client.post(page("send-again", row), follow=True)

    assert response.redirect_chain == [(page("change", row), 302)]
    assert told(response) == [f"Only a message that failed can be sent again. This one: {state}."]
    assert Message.objects.get().status == fields["status"]
    assert not Record.objects.filter(verb="sent again").exists()


def test_button_is_there_only_for_a_failed_message(client, cora, mine):
    row = message(factories.request(department=mine))

    waiting = client.get(page("change", row)).text
    message(factories.request(department=mine), status="failed")
    failed = client.get(page("change", row)).text

    assert [page("send-again", row) in text for text in (waiting, failed)] == [False, True]


def test_looking_does_not_allow_sending_again(client, mine):
    client.force_login(factories.coordinator("vera", mine, permissions=("work_requests", "view_message")))
    row = message(factories.request(department=mine), status="failed")

    assert client.post(page("send-again", row)).status_code == 403


def test_nobody_writes_or_deletes_messages(admin_client, mine):
    row = message(factories.request(department=mine))
    add = reverse("admin:outbox_message_add")

    codes = [
        admin_client.get(add),
        admin_client.post(page("delete", row)),
        admin_client.post(page("change", row), {"kind": "x"}),
    ]

    assert [response.status_code for response in codes] == [403, 403, 403]
    assert Message.objects.get().kind == "received"
