"""Messages that came back with a backup: they wait until somebody has looked, one by one or many at once."""

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from foundation.outbox.models import Message
from tests import factories

LIST = "/admin/outbox/message/"


@pytest.fixture
def held(db):
    """Two of a department of Cora's, one of another, and a notice to staff."""
    mine = factories.request()
    other = factories.request(draft_key="b" * 64, department=factories.department("surgery", name="Surgery"))
    Message.objects.all().delete()
    rows = [
        Message.objects.create(kind=kind, object_id=pk, message_id=f"<{number}@x>")
        for number, (kind, pk) in enumerate(
            [("received", mine.pk), ("received", mine.pk), ("received", other.pk), ("rights", 1)]
        )
    ]
    Message.objects.all().hold(until=timezone.now())
    return rows


def statuses():
    return list(Message.objects.order_by("pk").values_list("status", flat=True))


def test_what_is_held_is_not_sent_until_it_is_released(held, client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cora = factories.coordinator(
        "cora", factories.Department.objects.get(slug="rheumatology"), permissions=("view_message", "change_message")
    )
    client.force_login(cora)
    call_command("deliver", once=True)
    assert mail.outbox == []
    assert "Held, from a backup" in client.get(f"{LIST}?status__exact=held").content.decode()

    client.post(f"{LIST}{held[0].pk}/send-again/")
    client.post(f"{LIST}{held[1].pk}/drop/")
    call_command("deliver", once=True)

    assert statuses() == ["sent", "dropped", "held", "held"]
    assert len(mail.outbox) == 1


def test_many_are_released_or_dropped_at_once_of_ones_own_departments_alone(held, client):
    lead = factories.staff("lena", "view_message", "change_message", "see_all_requests")
    cora = factories.coordinator(
        "cora", factories.Department.objects.get(slug="rheumatology"), permissions=("view_message", "change_message")
    )
    ticked = [row.pk for row in held]
    client.force_login(cora)
    client.post(LIST, {"action": "send_ticked", "_selected_action": ticked})
    assert statuses() == ["waiting", "waiting", "held", "held"]

    client.force_login(lead)
    assert "2 messages" in client.get(f"{LIST}?status__exact=held").content.decode()
    client.post(LIST, {"action": "drop_ticked", "_selected_action": ticked})
    assert statuses() == ["waiting", "waiting", "dropped", "dropped"]


def test_who_only_looks_has_no_such_button(held, client):
    client.force_login(factories.staff("olga", "view_message", "see_all_requests"))

    client.post(LIST, {"action": "drop_ticked", "_selected_action": [row.pk for row in held]})

    assert statuses() == ["held"] * 4
    assert "drop_ticked" not in client.get(LIST).content.decode()
