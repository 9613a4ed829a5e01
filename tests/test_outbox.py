"""The outbox: nothing lost while the mail server is down, slow or refuses; one sender at a time; given up after 72 hours."""

import asyncio
import email
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import policy
from itertools import product

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.management import call_command
from django.db import DatabaseError, connection

from foundation.outbox import actions, smtp
from foundation.outbox.management.commands.deliver import Command
from foundation.outbox.models import LEASE, Message
from foundation.workflow import Refused
from tests.outbox import deliver_one
from tests.parallel import at_once, own_database

NOW = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


class Desk:
    """A mail server's answers: `says` to each recipient, `after` the text; keeps what it took."""

    def __init__(self, says="250 OK", after="250 OK", wait=0.0):
        self.says, self.after, self.wait, self.taken, self.senders = says, after, wait, [], []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        await asyncio.sleep(self.wait)
        if self.says.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.says

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.after.startswith("250"):
            self.taken.append(envelope.content.decode())
            self.senders.append(envelope.mail_from)
        return self.after


@contextmanager
def serving(desk, port):
    controller = Controller(desk, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield desk
    finally:
        controller.stop()


class Talk:
    """A mail server's part, line by line, that ends as it likes; counts what it took."""

    def __init__(self, stream, end):
        self.stream, self.end = stream, end

    def say(self, words):
        self.stream.write(words + b"\r\n")
        self.stream.flush()

    def read_text(self):
        lines = []
        while (line := self.stream.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        return b"".join(lines)


@contextmanager
def raw(port, answer, greeting=b"220 desk\r\n"):
    """`answer(line, talk)` says what it will, and "end" to drop the line."""
    listening = socket.create_server(("127.0.0.1", port))
    taken = []

    def serve():
        while True:
            try:
                peer, _address = listening.accept()
            except OSError:
                return
            with peer, peer.makefile("rwb") as stream:
                talk = Talk(stream, peer)
                talk.taken = taken
                with suppress(OSError):
                    stream.write(greeting)
                    stream.flush()
                    while (line := stream.readline()) and answer(line[:4].upper(), talk) != "end":
                        pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


@pytest.fixture
def port(settings, request):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = probe.getsockname()[1]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_TIMEOUT = 0.5 if "hangs" in request.node.name else 20
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


def leased():
    """Taken by a sender that says nothing afterwards."""
    queue = actions.Queue()
    queue.look()
    return queue.take()


def deliver_at(moment):
    with time_machine.travel(moment, tick=False):
        return deliver_one()


def test_message_is_sent_once_with_its_own_id():
    message = actions.post(kind="letter", object_id=7)

    assert (deliver_one(), deliver_one()) == (True, False)
    assert state(message) == ("sent", 1, "")
    assert message.sent_at == NOW
    assert [letter.message()["Message-ID"] for letter in mail.outbox] == [message.message_id]


@pytest.mark.databases
def test_what_was_sent_is_written_down_before_the_next_look(monkeypatch):
    """Which may fail: what is sent and not written down is sent again."""
    messages = [actions.post(kind="letter", object_id=number) for number in (7, 8)]
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    queue = actions.Queue()
    queue.look()
    monkeypatch.setattr(actions, "_fetch", _raises)

    with closing(smtp.Line()) as line, pytest.raises(LookupError):
        actions.deliver(line, queue)

    assert [state(message)[0] for message in messages] == ["sent", "waiting"]


def test_message_does_not_leave_before_its_moment():
    actions.post(kind="letter", object_id=7, at=NOW + timedelta(hours=1))

    assert not deliver_at(NOW + timedelta(minutes=59))
    assert deliver_at(NOW + timedelta(minutes=60))


def test_message_that_is_no_longer_true_is_dropped():
    message = actions.post(kind="untrue", object_id=7)

    deliver_one()

    assert state(message) == ("dropped", 1, "")
    assert (mail.outbox, message.sent_at) == ([], None)


def test_fault_keeps_the_message_and_tells_its_kind_alone(monkeypatch, caplog):
    monkeypatch.setitem(actions._composers, "broken", _raises)
    message = actions.post(kind="broken", object_id=7)
    actions.post(kind="letter", object_id=8)

    while deliver_one():
        pass

    assert state(message) == ("waiting", 1, "LookupError")
    assert [letter.subject for letter in mail.outbox] == ["Letter 8"]
    assert "Kim Sample" not in caplog.text


@pytest.mark.databases
def test_oldest_leaves_first():
    for number in (3, 1, 2):
        actions.post(kind="letter", object_id=number, at=NOW - timedelta(minutes=number))
    while deliver_one():
        pass

    assert [letter.subject for letter in mail.outbox] == ["Letter 3", "Letter 2", "Letter 1"]


@pytest.mark.databases
def test_sender_that_died_is_followed_after_its_lease_with_the_same_id():
    message = actions.post(kind="letter", object_id=7)
    leased()

    assert not deliver_at(NOW + LEASE - timedelta(seconds=1))
    assert deliver_at(NOW + LEASE)
    assert [letter.message()["Message-ID"] for letter in mail.outbox] == [message.message_id]


@pytest.mark.databases
def test_sender_that_comes_late_does_not_undo_what_another_sent():
    message = actions.post(kind="letter", object_id=7)
    late = leased()
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
            deliver_one()

    assert failed == ("failed", 1, "ConnectionRefusedError")
    assert state(message) == ("sent", 1, "")
    assert f"Message-ID: {message.message_id}" in desk.taken[0]


def test_message_that_was_sent_is_not_sent_again_on_demand():
    message = actions.post(kind="letter", object_id=7)
    deliver_one()

    with pytest.raises(Refused):
        actions.send_again(message)

    assert state(message) == ("sent", 1, "")


@pytest.mark.parametrize(
    ("desk", "fault"),
    [
        (Desk(says="451 Try later"), "SMTPRecipientsRefused 451"),
        (Desk(says="450 4.2.1 pat@example.org is full"), "SMTPRecipientsRefused 450 4.2.1"),
        (Desk(after="451 Try later"), "SMTPDataError 451"),
        (Desk(after="452-4.3.1 Disk\r\n452 4.3.1 full"), "SMTPDataError 452 4.3.1"),
        (Desk(wait=3), "TimeoutError"),
    ],
    ids=["recipient later", "mailbox full", "text later", "disk full", "hangs"],
)
def test_server_that_does_not_take_it_is_tried_again_and_the_outbox_drains(port, desk, fault):
    messages = [actions.post(kind="letter", object_id=number) for number in range(2)]
    with serving(desk, port):
        while deliver_one():
            pass
    refused = {state(message) for message in messages}

    with serving(Desk(), port) as up, time_machine.travel(NOW + timedelta(seconds=10), tick=False):
        while deliver_one():
            pass

    assert refused in ({("waiting", 1, fault)}, {("waiting", 1, "SMTPServerDisconnected")})
    assert [state(message)[0] for message in messages] == ["sent", "sent"]
    assert len(up.taken) == 2


@pytest.mark.parametrize(
    ("desk", "fault"),
    [
        (Desk(says="550 No such person"), "SMTPRecipientsRefused 550"),
        (Desk(says="553 5.1.3 <pat@example.org>: bad address"), "SMTPRecipientsRefused 553 5.1.3"),
        (Desk(after="554 5.7.1 No"), "SMTPDataError 554 5.7.1"),
    ],
)
def test_what_is_refused_for_good_is_given_up_at_once(port, desk, fault, caplog):
    message = actions.post(kind="letter", object_id=7)

    with serving(desk, port):
        deliver_one()

    assert state(message) == ("failed", 1, fault)
    assert message.state == "Failed"
    assert "pat@example.org" not in caplog.text + message.last_fault


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("pat@example.org\u202c", "UnicodeEncodeError"),
        ("pat@exa mple..org", "ValueError"),
        ("pat@" + "x" * 70 + ".org", "UnicodeEncodeError"),
        ("p\nat@example.org", "BadHeaderError"),
    ],
)
def test_address_that_no_mail_can_be_made_for_is_given_up_at_once(port, monkeypatch, address, fault):
    monkeypatch.setitem(actions._composers, "letter", lambda message: EmailMessage("Letter", "Hello", to=[address]))
    message = actions.post(kind="letter", object_id=7)

    with serving(Desk(), port) as desk:
        deliver_one()

    assert (state(message)[0], desk.taken) == ("failed", [])
    assert message.last_fault in {fault, "UnicodeError", "ValueError"}


@pytest.mark.parametrize("greeting", [b"554 5.3.2 Not now\r\n", b"421 Busy\r\n"])
def test_server_that_does_not_serve_is_no_fault_of_the_message(port, greeting):
    message = actions.post(kind="letter", object_id=7)

    with raw(port, lambda line, talk: None, greeting=greeting):
        deliver_one()

    assert (state(message)[0], message.last_fault.split()[:2][-1]) == ("waiting", greeting[:3].decode())


def takes(then):
    """A server that takes the text and `then` says or does something (of several: one each time); all else it likes."""

    def answer(line, talk):
        if line == b"DATA":
            talk.say(b"354 go on")
            talk.taken.append(talk.read_text())
            return (then.pop(0) if isinstance(then, list) else then)(talk)
        talk.say(b"250 fine")
        return None

    return answer


SILENT = {
    "drops the line": lambda talk: "end",
    "hangs": lambda talk: talk.read_text() or "end",
    "speaks of something else": lambda talk: talk.say(b"what?") or "end",
    "says go on again": lambda talk: talk.say(b"354 go on") or "end",
    "never ends its line": lambda talk: talk.say(b"250 " + b"x" * 20_000) or "end",
}


@pytest.mark.parametrize("then", SILENT.values(), ids=SILENT)
def test_server_that_takes_it_and_says_nothing_gets_three_copies_at_most(port, then):
    message = actions.post(kind="letter", object_id=7)

    with raw(port, takes(then)) as taken:
        for _try in range(6):
            deliver_at(message.next_try_at)
            message.refresh_from_db()

    assert (len(taken), message.status, message.uncertain) == (3, "failed", 3)
    assert message.state == "Failed, perhaps sent"
    assert {message.message_id.encode() in text for text in taken} == {True}


def test_doubt_and_certain_faults_are_counted_apart(port):
    message = actions.post(kind="letter", object_id=7)
    turns = [SILENT["drops the line"], lambda talk: talk.say(b"451 4.3.0 later"), SILENT["drops the line"]]
    turns += [lambda talk: talk.say(b"250 taken")]
    states = []

    with raw(port, takes(turns)) as taken:
        for _try in range(4):
            deliver_at(message.next_try_at)
            states.append((*state(message), message.uncertain))

    assert states == [
        ("waiting", 1, "SMTPServerDisconnected", 1),
        ("waiting", 2, "SMTPDataError 451 4.3.0", 1),
        ("waiting", 3, "SMTPServerDisconnected", 2),
        ("sent", 4, "", 2),
    ]
    assert len(taken) == 4


@pytest.mark.parametrize("word", [b"EHLO", b"MAIL", b"RCPT", b"DATA"])
@pytest.mark.parametrize("says", [b"", b"421 4.3.2 Shutting down"])
def test_line_that_drops_before_the_text_leaves_no_doubt(port, word, says):
    message = actions.post(kind="letter", object_id=7)

    def answer(line, talk):
        if line == word:
            return talk.say(says) or "end" if says else "end"
        return talk.say(b"250 fine")

    with raw(port, answer):
        for _try in range(5):
            deliver_at(message.next_try_at)
            message.refresh_from_db()

    assert (message.status, message.attempts, message.uncertain) == ("waiting", 5, 0)


@pytest.mark.parametrize("goodbye", [b"", b"500 what?", b"y" * 20_000])
def test_what_was_taken_is_sent_however_the_server_says_goodbye(port, goodbye):
    messages = [actions.post(kind="letter", object_id=number) for number in range(2)]

    def answer(line, talk):
        if line == b"DATA":
            return takes(lambda talk: talk.say(b"250 taken"))(line, talk)
        if line == b"QUIT":
            return talk.say(goodbye) or "end" if goodbye else "end"
        return talk.say(b"250 fine")

    with raw(port, answer) as taken:
        while deliver_one():
            pass

    assert [(*state(message), message.uncertain) for message in messages] == [("sent", 1, "", 0)] * 2
    assert len(taken) == 2


def test_of_several_only_the_message_in_flight_is_in_doubt(port):
    messages = [actions.post(kind="letter", object_id=number) for number in range(3)]
    turns = [lambda talk: talk.say(b"250 taken"), SILENT["drops the line"], lambda talk: talk.say(b"250 taken")]

    with raw(port, takes(turns)):
        while deliver_one():
            pass

    assert [(state(message)[0], message.uncertain) for message in messages] == [("sent", 0), ("waiting", 1), ("sent", 0)]


def drained(answer, port, count=3):
    """The mails taken, and how often the server was greeted, when `count` are sent over one line."""
    greeted = []
    for number in range(count):
        actions.post(kind="letter", object_id=number)

    def counting(line, talk):
        greeted.extend([line] * (line == b"EHLO"))
        return answer(line, talk)

    with raw(port, counting) as taken:
        call_command("deliver", once=True)
    assert set(Message.objects.values_list("status", "attempts", "uncertain")) == {("sent", 1, 0)}
    return len(taken), len(greeted)


def test_many_leave_over_one_connection(port):
    assert drained(takes(lambda talk: talk.say(b"250 taken")), port) == (3, 1)


def test_line_is_made_anew_after_a_hundred(port, monkeypatch):
    monkeypatch.setattr(smtp, "MOST_ON_ONE_LINE", 2)

    assert drained(takes(lambda talk: talk.say(b"250 taken")), port) == (3, 2)


@pytest.mark.parametrize(
    ("word", "says"),
    [*product((b"MAIL", b"RCPT", b"DATA"), (b"", b"421 4.7.0 Too many")), (b"MAIL", b"452 4.5.3 Too many")],
)
def test_server_that_ends_a_line_after_a_mail_is_asked_again_at_once(port, word, says):
    said = []

    def answer(line, talk):
        said[:] = [] if line == b"EHLO" else [*said, line]
        if line == word and said.count(word) == 2:
            return (talk.say(says) if says else None) or "end"
        return takes(lambda talk: talk.say(b"250 taken"))(line, talk)

    assert drained(answer, port) == (3, 3)


def test_mail_leaves_as_plain_ascii_in_short_lines_from_our_domain(port, settings, monkeypatch):
    settings.DEFAULT_FROM_EMAIL, settings.MESSAGE_HOST = (
        '"Children’s Center" <appointments@portal.example.org>',
        "portal.example.org",
    )
    words = "La clínica " * 200 + "\nFrom here on\n.\n" + "https://portal.example.org/" + "x" * 200 + "\n"
    letter = EmailMultiAlternatives("Cita confirmada, según lo pedido", words, to=["pat@example.org"])
    letter.attach_alternative(f"<p>{words}</p>", "text/html")
    monkeypatch.setitem(actions._composers, "letter", lambda message: letter)
    actions.post(kind="letter", object_id=7)

    with serving(Desk(), port) as desk:
        deliver_one()

    raw_mail = email.message_from_string(desk.taken[0], policy=policy.default)
    parts = [part.get_content().replace("\r\n", "\n") for part in raw_mail.walk() if not part.is_multipart()]
    assert parts == [words, f"<p>{words}</p>"]
    assert (desk.taken[0].isascii(), max(map(len, desk.taken[0].splitlines())) <= 78) == (True, True)
    assert raw_mail["Message-ID"].endswith("@portal.example.org>")
    assert raw_mail["From"].addresses[0].domain == desk.senders[0].rpartition("@")[2] == "portal.example.org"
    assert raw_mail["Date"] == "Tue, 02 Mar 2027 15:00:00 -0000"
    assert (raw_mail["Auto-Submitted"], raw_mail["List-Unsubscribe"]) == ("auto-generated", None)


def test_senders_that_die_again_and_again_are_doubts_too():
    message = actions.post(kind="letter", object_id=7)

    for number in range(5):
        with time_machine.travel(NOW + number * LEASE, tick=False):
            if number < 3:
                assert leased()
            else:
                deliver_one()

    assert (state(message)[0], message.state, message.uncertain) == ("failed", "Failed, perhaps sent", 3)
    assert mail.outbox == []


def test_message_in_doubt_is_sent_again_on_demand_with_three_more(port):
    message = actions.post(kind="letter", object_id=7)
    Message.objects.update(status="failed", attempts=3, uncertain=3, last_fault="SMTPServerDisconnected")

    actions.send_again(message)
    with serving(Desk(), port) as desk:
        deliver_one()

    assert (state(message)[0], message.uncertain, len(desk.taken)) == ("sent", 0, 1)


def test_no_words_are_stored():
    columns = {field.name for field in Message._meta.get_fields()}

    assert columns == {
        "id", "kind", "object_id", "detail", "language", "message_id", "status", "created_at", "leave_at", "next_try_at",
        "leased_until", "attempts", "sent_at", "last_fault", "once", "uncertain", "request_id",
    }  # fmt: skip


@pytest.mark.databases
def test_message_posted_once_is_not_posted_again():
    facts = {"once": "letter 1 first", "kind": "letter", "object_id": 1, "at": NOW}

    posted = [actions.post_once(**facts), actions.post_once(**facts | {"at": NOW + timedelta(days=1)})]
    call_command("deliver", once=True)

    assert posted == [True, False]
    assert len(mail.outbox) == 1
    assert actions.post_once(**facts) is False


@pytest.mark.databases
def test_command_drains_what_is_due_and_ends():
    for number in range(3):
        actions.post(kind="letter", object_id=number)
    later = actions.post(kind="letter", object_id=9, at=NOW + timedelta(days=1))

    call_command("deliver", once=True)

    assert len(mail.outbox) == 3
    assert state(later) == ("waiting", 0, "")


@pytest.mark.databases
@pytest.mark.usefixtures("own")
def test_several_senders_at_once_send_each_message_once(port):
    for number in range(24):
        actions.post(kind="letter", object_id=number)

    def drain(_sender):
        while deliver_one():
            pass

    with serving(Desk(), port) as desk:
        at_once(drain, range(4))

    subjects = [line for text in desk.taken for line in text.splitlines() if line.startswith("Subject")]
    assert sorted(subjects) == sorted(f"Subject: Letter {number}" for number in range(24))
    assert set(Message.objects.values_list("status", "attempts")) == {("sent", 1)}


def test_delivery_waits_for_no_table_that_is_missing(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE outbox_message RENAME TO elsewhere")

    with pytest.raises(DatabaseError, match="outbox_message"):
        Command()._sent_any(smtp.Line(), actions.Queue())


@pytest.fixture
def started(tmp_path):
    """Starts it on a database of its own that is not there yet."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'later' / 'db.sqlite3'}",
    }
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([sys.executable, "manage.py", "deliver"], env=environment, stderr=log)
        yield process, environment, tmp_path
        process.kill()
        process.wait()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the process has a database of its own, in a file")
def test_it_waits_for_the_database_delivers_and_ends_when_told(started):
    process, environment, folder = started
    _until(lambda: "the database does not answer (OperationalError), waiting" in (folder / "log").read_text())
    (folder / "later").mkdir()
    with own_database(folder / "later" / "db.sqlite3"):
        pass  # its tables are there now
    _manage(environment, "shell", "-v0", "-c", POST)

    _until(lambda: list((folder / "mail").glob("*")))
    process.terminate()

    assert process.wait(timeout=60) == 0
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


def _until(true, seconds=120):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)
