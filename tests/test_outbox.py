"""The outbox: nothing lost while the mail server is down, slow or refuses; one sender at a time; given up after 72 hours."""

import asyncio
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command

from foundation.outbox import actions
from foundation.outbox.models import LEASE, Message
from tests.parallel import at_once

NOW = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


class Desk:
    """A mail server's answers: `says` to each recipient, `after` the text; keeps what it took."""

    def __init__(self, says="250 OK", after="250 OK", wait=0.0):
        self.says, self.after, self.wait, self.taken = says, after, wait, []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        await asyncio.sleep(self.wait)
        if self.says.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.says

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.after.startswith("250"):
            self.taken.append(envelope.content.decode())
        return self.after


@contextmanager
def serving(desk, port):
    controller = Controller(desk, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield desk
    finally:
        controller.stop()


@pytest.fixture
def port(settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = probe.getsockname()[1]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_TIMEOUT = 1
    return settings.EMAIL_PORT


@pytest.fixture(autouse=True)
def _letter(monkeypatch):
    """A kind of message of the tests' own."""
    monkeypatch.setitem(
        actions._composers,
        "letter",
        lambda message: EmailMessage(f"Letter {message.object_id}", "Hello", to=["pat@example.org"]),
    )
    monkeypatch.setitem(actions._composers, "untrue", lambda message: None)


def _raises(message):
    raise LookupError("Kim Sample, born 2018")


def state(message):
    message.refresh_from_db()
    return message.status, message.attempts, message.last_fault


def deliver_at(moment):
    with time_machine.travel(moment, tick=False):
        return actions.deliver_one()


def test_message_is_sent_once_with_its_own_id():
    message = actions.post(kind="letter", object_id=7)

    assert (actions.deliver_one(), actions.deliver_one()) == (True, False)
    assert state(message) == ("sent", 1, "")
    assert message.sent_at == NOW
    assert [letter.message()["Message-ID"] for letter in mail.outbox] == [message.message_id]


def test_message_does_not_leave_before_its_moment():
    actions.post(kind="letter", object_id=7, at=NOW + timedelta(hours=1))

    assert not deliver_at(NOW + timedelta(minutes=59))
    assert deliver_at(NOW + timedelta(minutes=60))


def test_message_that_is_no_longer_true_is_dropped():
    message = actions.post(kind="untrue", object_id=7)

    actions.deliver_one()

    assert state(message) == ("dropped", 1, "")
    assert (mail.outbox, message.sent_at) == ([], None)


def test_fault_keeps_the_message_and_tells_its_kind_alone(monkeypatch, caplog):
    monkeypatch.setitem(actions._composers, "broken", _raises)
    message = actions.post(kind="broken", object_id=7)
    actions.post(kind="letter", object_id=8)

    while actions.deliver_one():
        pass

    assert state(message) == ("waiting", 1, "LookupError")
    assert [letter.subject for letter in mail.outbox] == ["Letter 8"]
    assert "Kim Sample" not in caplog.text


def test_oldest_leaves_first():
    for number in (3, 1, 2):
        actions.post(kind="letter", object_id=number, at=NOW - timedelta(minutes=number))
    while actions.deliver_one():
        pass

    assert [letter.subject for letter in mail.outbox] == ["Letter 3", "Letter 2", "Letter 1"]


def test_sender_that_died_is_followed_after_its_lease_with_the_same_id():
    message = actions.post(kind="letter", object_id=7)
    actions._leased()

    assert not deliver_at(NOW + LEASE - timedelta(seconds=1))
    assert deliver_at(NOW + LEASE)
    assert [letter.message()["Message-ID"] for letter in mail.outbox] == [message.message_id]


def test_sender_that_comes_late_does_not_undo_what_another_sent():
    message = actions.post(kind="letter", object_id=7)
    late = actions._leased()
    deliver_at(NOW + LEASE)

    actions._failed(late, OSError())

    assert state(message) == ("sent", 2, "")


def test_tries_come_rarer_and_end_after_72_hours(port):
    message = actions.post(kind="letter", object_id=7)
    waits = []
    while message.status == "waiting":
        due = message.next_try_at
        deliver_at(due)
        message.refresh_from_db()
        waits.append((message.next_try_at - due).total_seconds())

    assert waits[:8] == [10, 20, 40, 80, 160, 320, 640, 900]
    assert set(waits[7:]) == {900}
    assert state(message)[0::2] == ("failed", "ConnectionRefusedError")
    assert NOW + timedelta(hours=71.7) < message.next_try_at - timedelta(seconds=900) <= NOW + timedelta(hours=72)


def test_message_given_up_is_sent_again_on_demand(port):
    message = actions.post(kind="letter", object_id=7)
    deliver_at(NOW + timedelta(hours=73))
    failed = state(message)

    with time_machine.travel(NOW + timedelta(hours=80), tick=False):
        actions.send_again(message)
        with serving(Desk(), port) as desk:
            actions.deliver_one()

    assert failed == ("failed", 1, "ConnectionRefusedError")
    assert state(message) == ("sent", 1, "")
    assert f"Message-ID: {message.message_id}" in desk.taken[0]


def test_message_that_was_sent_is_not_sent_again_on_demand():
    message = actions.post(kind="letter", object_id=7)
    actions.deliver_one()

    with pytest.raises(actions.NotFailed):
        actions.send_again(message)

    assert state(message) == ("sent", 1, "")


@pytest.mark.parametrize(
    ("desk", "fault"),
    [
        (Desk(says="451 Try later"), "SMTPRecipientsRefused"),
        (Desk(after="451 Try later"), "SMTPDataError"),
        (Desk(after="554 No"), "SMTPDataError"),
        (Desk(wait=3), "TimeoutError"),
    ],
    ids=["recipient later", "text later", "text refused", "hangs"],
)
def test_server_that_does_not_take_it_is_tried_again_and_the_outbox_drains(port, desk, fault):
    messages = [actions.post(kind="letter", object_id=number) for number in range(2)]
    with serving(desk, port):
        while actions.deliver_one():
            pass
    refused = {state(message) for message in messages}

    with serving(Desk(), port) as up, time_machine.travel(NOW + timedelta(seconds=10), tick=False):
        while actions.deliver_one():
            pass

    assert refused in ({("waiting", 1, fault)}, {("waiting", 1, "SMTPServerDisconnected")})
    assert [state(message)[0] for message in messages] == ["sent", "sent"]
    assert len(up.taken) == 2


def test_address_that_is_refused_for_good_is_given_up_after_an_hour(port):
    message = actions.post(kind="letter", object_id=7)
    with serving(Desk(says="550 No such person"), port):
        while message.status == "waiting":
            deliver_at(message.next_try_at)
            message.refresh_from_db()

    assert state(message)[0::2] == ("failed", "SMTPRecipientsRefused")
    assert NOW + timedelta(minutes=45) < message.next_try_at <= NOW + timedelta(minutes=75)


def test_no_words_are_stored():
    columns = {field.name for field in Message._meta.get_fields()}

    assert columns == {
        "id", "kind", "object_id", "detail", "language", "message_id", "status", "created_at", "leave_at", "next_try_at",
        "leased_until", "attempts", "sent_at", "last_fault", "once",
    }  # fmt: skip


def test_message_posted_once_is_not_posted_again():
    facts = {"once": "letter 1 first", "kind": "letter", "object_id": 1, "at": NOW}

    posted = [actions.post_once(**facts), actions.post_once(**facts | {"at": NOW + timedelta(days=1)})]
    call_command("deliver", once=True)

    assert posted == [True, False]
    assert len(mail.outbox) == 1
    assert actions.post_once(**facts) is False


def test_command_drains_what_is_due_and_ends():
    for number in range(3):
        actions.post(kind="letter", object_id=number)
    later = actions.post(kind="letter", object_id=9, at=NOW + timedelta(days=1))

    call_command("deliver", once=True)

    assert len(mail.outbox) == 3
    assert state(later) == ("waiting", 0, "")


@pytest.mark.usefixtures("own")
def test_several_senders_at_once_send_each_message_once(port):
    for number in range(24):
        actions.post(kind="letter", object_id=number)

    def drain(_sender):
        while actions.deliver_one():
            pass

    with serving(Desk(), port) as desk:
        at_once(drain, range(4))

    subjects = [line for text in desk.taken for line in text.splitlines() if line.startswith("Subject")]
    assert sorted(subjects) == sorted(f"Subject: Letter {number}" for number in range(24))
    assert set(Message.objects.values_list("status", "attempts")) == {("sent", 1)}


@pytest.fixture
def started(tmp_path):
    """Starts it on a database of its own that is not there yet."""
    environment = {"PATH": "/usr/bin:/bin", "VAR_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([sys.executable, "manage.py", "deliver"], env=environment, stderr=log)
        yield process, environment, tmp_path
        process.kill()
        process.wait()


def test_it_waits_for_the_database_delivers_and_ends_when_told(started):
    process, environment, folder = started
    _until(lambda: "the database does not answer (OperationalError), waiting" in (folder / "log").read_text())
    _manage(environment, "migrate", "--verbosity", "0")
    _manage(environment, "shell", "-v0", "-c", POST)

    _until(lambda: list((folder / "mail").glob("*")))
    process.terminate()

    assert process.wait(timeout=5) == 0
    assert "Subject: A new appointment request is waiting" in next((folder / "mail").glob("*")).read_text()


POST = """
from appointments.actions import receive
from directory.models import Department
department = Department.objects.create(slug="x", kind="department", name="X", phone="1", inbox="desk@example.org")
receive(draft_key="a", fields={"department": department, "asker": "parent", "visit": "new", "mode": "either",
    "asker_name": "P", "child_name": "K", "child_born": "2018-04-03"})
"""


def _manage(environment, *words):
    subprocess.run([sys.executable, "manage.py", *words], env=environment, check=True)


def _until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)
