"""Posting a message in the transaction of what it tells, and delivering it afterwards. At least once, never silently lost."""

import logging
import re
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.charset import QP, Charset
from email.errors import MessageError
from secrets import token_hex
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from foundation import request_id
from foundation.audit.actions import last_number
from foundation.outbox import smtp
from foundation.outbox.models import GIVE_UP, LEASE, MOST_UNCERTAIN, Message
from foundation.prose.addresses import sanitized
from foundation.workflow import Refused

Composer = Callable[[Message], EmailMessage | None]
Fetcher = Callable[[Sequence[Message]], None]
AT_ONCE = 100  # messages that are looked at together
FRESH = 60.0  # seconds after which it is looked again, whatever is left; a change is seen at once, by its audit record
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=15)
ABOUT_US = {530, 535}  # the server wants us to sign in: no fault of the message
CODES = re.compile(r"\d{3}[ -]?(?:[245]\.\d{1,3}\.\d{1,3}(?![\w.]))?")
QUOTED = Charset("utf-8")
QUOTED.body_encoding = QP
log = logging.getLogger(__name__)
_composers: dict[str, Composer] = {}
_fetchers: dict[str, Fetcher] = {}


def register(kind: str, composer: Composer, fetcher: Fetcher | None = None) -> None:
    """Called once per kind, in `startup.py` of the app. A composer answers None if the message is no longer true.

    A fetcher sets `about` of many messages at once, for a composer that wants it.
    """
    _composers[kind] = composer
    if fetcher:
        _fetchers[kind] = fetcher


def kinds() -> list[str]:
    return sorted(_composers)


def post(*, kind: str, object_id: int, language: str = "en", at: datetime | None = None, **detail: int | list[int]) -> Message:
    """Puts a message into the outbox, in the caller's transaction; it leaves after the commit, not before `at` (UTC)."""
    return Message.objects.create(kind=kind, object_id=object_id, language=language, detail=detail, **_leaving(at))


def post_once(*, once: str, kind: str, object_id: int, at: datetime) -> bool:
    """As `post`, unless there is a message with this `once` already, whatever became of it. Whether it was posted."""
    return Message.objects.get_or_create(once=once, defaults={"kind": kind, "object_id": object_id, **_leaving(at)})[1]


def _leaving(at: datetime | None) -> dict[str, Any]:
    leave_at = at or timezone.now()
    message_id = f"<{token_hex(16)}@{settings.MESSAGE_HOST}>"
    return {
        "leave_at": leave_at,
        "next_try_at": leave_at,
        "message_id": message_id,
        "request_id": request_id.current.get(),
    }


class Queue:
    """The messages that are due, which any number of senders take one by one. Many are looked at together, with what they are about."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._messages: deque[Message] = deque()
        self._stale_at = 0.0

    def look(self) -> None:
        with self._lock:
            if self._is_fresh():
                return
            found = list(Message.objects.due()[:AT_ONCE])
            _fetch(found)
            self._messages, self._stale_at = deque(found), monotonic() + FRESH

    @transaction.atomic
    def take(self) -> Message | None:
        """The next one under a lease of our own; of several senders exactly one gets it."""
        return next((message for message in iter(self._next, None) if _lease(message)), None)

    def _next(self) -> Message | None:
        with self._lock:
            return self._messages.popleft() if self._is_fresh() else None

    def _is_fresh(self) -> bool:
        return bool(self._messages) and monotonic() < self._stale_at


def _fetch(messages: Sequence[Message]) -> None:
    """What they are about, as it is at the last audit record: whoever changes it writes one."""
    number = last_number()
    for fetcher in {_fetchers[message.kind] for message in messages if message.kind in _fetchers}:
        fetcher([message for message in messages if _fetchers.get(message.kind) is fetcher])
    for message in messages:
        message.number = number


def deliver(line: smtp.Line, queue: Queue, goes_on: Callable[[], bool] = lambda: True) -> bool:
    """Sends what is due, one message after the other, as long as it `goes_on`. Tells whether there was any.

    One commit a message, which says what became of it and takes the next: each waits for the disk.

    A sender killed after the mail server said yes and before the row says so sends it again once its lease is over, with the
    same Message-ID. Of that, and of servers that fall silent, comes no more than `MOST_UNCERTAIN` copies.
    """
    queue.look()
    first = message = queue.take()
    while message:
        fault, status = _try_to_send(message, line)
        with transaction.atomic():
            if fault:
                _failed(message, fault)
            else:
                _done(message, status)
            message = queue.take() if goes_on() else None
        if message is None and goes_on():
            queue.look()
            message = queue.take()
    return first is not None


def _try_to_send(message: Message, line: smtp.Line) -> tuple[Exception | None, Message.Status]:
    """What went wrong, if anything, and what the message is if nothing did."""
    if message.uncertain >= MOST_UNCERTAIN:
        return smtp.Uncertain(), Message.Status.FAILED
    try:
        if message.number != last_number():
            _fetch([message])
        with translation.override(message.language):
            mail = _composers[message.kind](message)
        if mail is None:
            return None, Message.Status.DROPPED
        _dress(mail, message)
        line.send(mail)
    except Exception as fault:  # noqa: BLE001  whatever it is, the message stays and the next one gets its turn
        return fault, Message.Status.WAITING
    return None, Message.Status.SENT


def _dress(mail: EmailMessage, message: Message) -> None:
    """What every mail of ours carries. Its texts leave as quoted-printable.

    So nothing on the way has to change them: no line is long, no byte has eight bits, and a signature (DKIM, RFC 6376 5.3) holds.
    """
    mail.extra_headers |= {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    if message.request_id:
        mail.extra_headers["X-Request-ID"] = message.request_id
    mail.from_email = sanitized(mail.from_email)
    mail.encoding = QUOTED


def send_again(message: Message) -> None:
    """A failed or held message waits anew, with 72 hours of its own. Raises Refused for any other."""
    failed = Message.objects.filter(pk=message.pk, status__in=[Message.Status.FAILED, Message.Status.HELD])
    now = timezone.now()
    anew = {"attempts": 0, "uncertain": 0, "leave_at": now, "next_try_at": now, "leased_until": None}
    if not failed.update(status=Message.Status.WAITING, **anew):
        message.refresh_from_db()
        sentence = _("Only a message that failed can be sent again. This one: %(status)s.")
        raise Refused(sentence % {"status": message.state})


def drop(message: Message) -> None:
    """A held message is never sent. Raises Refused for any other."""
    if not Message.objects.filter(pk=message.pk, status=Message.Status.HELD).update(status=Message.Status.DROPPED):
        message.refresh_from_db()
        raise Refused(_("Only a held message can be dropped. This one: %(status)s.") % {"status": message.state})


def _lease(message: Message) -> bool:
    """Whether it is ours now: nobody touched it since it was looked at. Who held it before and said nothing may have sent it."""
    seen = ("pk", "status", "attempts", "next_try_at", "leased_until")
    as_seen = Message.objects.filter(**{name: getattr(message, name) for name in seen})
    message.uncertain += bool(message.leased_until)
    message.attempts += 1
    message.leased_until = timezone.now() + LEASE
    lease = {name: getattr(message, name) for name in ("uncertain", "attempts", "leased_until")}
    return bool(as_seen.update(**lease))


def _done(message: Message, status: Message.Status) -> None:
    """What was sent is sent, whoever holds the lease by now."""
    sent_at = timezone.now() if status == Message.Status.SENT else None
    Message.objects.filter(pk=message.pk).update(status=status, sent_at=sent_at, leased_until=None, last_fault="")


def _failed(message: Message, fault: Exception) -> None:
    """Tries again after 10 s, 20 s, 40 s … at most a quarter of an hour; gives up 72 hours after it was due to leave.

    At once given up is what can never be sent, so that staff can call, and what may have arrived `MOST_UNCERTAIN` times.
    Changes nothing if another sender holds the message by now.
    """
    wait = min(FIRST_WAIT * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)
    now = timezone.now()
    uncertain = min(message.uncertain + isinstance(fault, smtp.Uncertain), MOST_UNCERTAIN)
    ends = uncertain >= MOST_UNCERTAIN or _is_for_good(fault) or now + wait > message.leave_at + GIVE_UP
    status = Message.Status.FAILED if ends else Message.Status.WAITING
    what = describe(fault)
    log.warning("message %s (%s) was not sent: %s, try %s", message.pk, message.kind, what, message.attempts)
    held = Message.objects.filter(pk=message.pk, status=Message.Status.WAITING, attempts=message.attempts)
    held.update(status=status, next_try_at=now + wait, leased_until=None, last_fault=what, uncertain=uncertain)


def _replies(fault: Exception) -> list[tuple[int, str]]:
    """(code, words) of the mail server's refusals; those of its greeting and our sign-in are no answer to the message."""
    found: list[tuple[int, Any]] = []
    if isinstance(fault, SMTPRecipientsRefused):
        found = list(fault.recipients.values())
    elif isinstance(fault, SMTPResponseException):
        found = [(fault.smtp_code, fault.smtp_error)]
    return [(code, words.decode("ascii", "replace") if isinstance(words, bytes) else str(words)) for code, words in found]


def _is_for_good(fault: Exception) -> bool:
    if isinstance(fault, SMTPRecipientsRefused | SMTPSenderRefused | SMTPDataError):
        return all(code >= 500 and code not in ABOUT_US for code, _words in _replies(fault))
    return isinstance(fault, UnicodeError | MessageError | ValueError)


def describe(fault: Exception) -> str:
    """Its kind and the server's codes, such as "SMTPDataError 450 4.2.1"; none of its words, which may name the reader."""
    kind = type(fault.__cause__ or fault if isinstance(fault, smtp.Uncertain) else fault).__name__
    codes = dict.fromkeys(CODES.match(f"{code} {words}")[0].strip() for code, words in _replies(fault) if 99 < code < 1000)  # type: ignore[index]
    return " ".join([kind, *codes])[:60]
