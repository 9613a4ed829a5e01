"""Posting a message in the transaction of what it tells, and delivering it afterwards. At least once, never silently lost."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex
from smtplib import SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.utils import timezone, translation

from foundation.audit.directly import insert
from foundation.outbox.models import GIVE_UP, GIVE_UP_REFUSED, LEASE, Message

Composer = Callable[[Message], EmailMessage | None]
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=15)
log = logging.getLogger(__name__)
_composers: dict[str, Composer] = {}


class NotFailed(Exception):
    """The message waits, is sent or is no longer needed."""


def register(kind: str, composer: Composer) -> None:
    """Called once per kind when the app is ready. A composer answers None if the message is no longer true."""
    _composers[kind] = composer


def post(*, kind: str, object_id: int, language: str = "en", at: datetime | None = None, **detail: int) -> Message:
    """Puts a message into the outbox, in the caller's transaction; it leaves after the commit, not before `at` (UTC)."""
    message = written(kind=kind, object_id=object_id, language=language, at=at, **detail)
    insert(message)
    return message


def written(*, kind: str, object_id: int, language: str = "en", at: datetime | None = None, **detail: int) -> Message:
    """The message of `post`, for a caller that stores it together with other rows."""
    return Message(kind=kind, object_id=object_id, language=language, detail=detail, **_leaving(at))


def post_once(*, once: str, kind: str, object_id: int, at: datetime) -> bool:
    """As `post`, unless there is a message with this `once` already, whatever became of it. Whether it was posted."""
    return Message.objects.get_or_create(once=once, defaults={"kind": kind, "object_id": object_id, **_leaving(at)})[1]


def _leaving(at: datetime | None) -> dict[str, Any]:
    leave_at = at or timezone.now()
    message_id = f"<{token_hex(16)}@{settings.MESSAGE_HOST}>"
    return {"leave_at": leave_at, "next_try_at": leave_at, "message_id": message_id}


def deliver_one() -> bool:
    """Takes the next due message, if there is one, and tries to send it. Tells whether there was one.

    A sender killed after the mail server said yes and before the row says so sends it again once its lease is over: the
    one possible duplicate, with the same Message-ID.
    """
    message = _leased()
    if message is None:
        return False
    try:
        with translation.override(message.language):
            mail = _composers[message.kind](message)
        if mail is not None:
            mail.extra_headers["Message-ID"] = message.message_id
            mail.send()
    except Exception as fault:  # noqa: BLE001  whatever it is, the message stays and the next one gets its turn
        _failed(message, fault)
    else:
        _done(message, Message.Status.DROPPED if mail is None else Message.Status.SENT)
    return True


def send_again(message: Message) -> None:
    """A failed message waits anew, with 72 hours of its own. Raises NotFailed for any other."""
    failed = Message.objects.filter(pk=message.pk, status=Message.Status.FAILED)
    now = timezone.now()
    if not failed.update(status=Message.Status.WAITING, attempts=0, leave_at=now, next_try_at=now, leased_until=None):
        raise NotFailed


def _leased() -> Message | None:
    """The next due message under a lease of our own; of several senders exactly one gets it."""
    for message in Message.objects.due()[:20]:
        mine = Message.objects.due().filter(pk=message.pk, attempts=message.attempts)
        if mine.order_by().update(leased_until=timezone.now() + LEASE, attempts=F("attempts") + 1):
            message.refresh_from_db()
            return message
    return None


def _done(message: Message, status: Message.Status) -> None:
    """What was sent is sent, whoever holds the lease by now."""
    sent_at = timezone.now() if status == Message.Status.SENT else None
    Message.objects.filter(pk=message.pk).update(status=status, sent_at=sent_at, leased_until=None, last_fault="")


def _failed(message: Message, fault: Exception) -> None:
    """Tries again after 10 s, 20 s, 40 s … at most a quarter of an hour; gives up 72 hours after it was due to leave.

    An address that the mail server refuses for good is given up after an hour, so that staff can call. Changes nothing if
    another sender holds the message by now.
    """
    wait = min(FIRST_WAIT * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)
    now = timezone.now()
    last = message.leave_at + (GIVE_UP_REFUSED if _refused(fault) else GIVE_UP)
    status = Message.Status.FAILED if now + wait > last else Message.Status.WAITING
    kind = type(fault).__name__[:60]
    log.warning("message %s (%s) was not sent: %s, try %s", message.pk, message.kind, kind, message.attempts)
    mine = Message.objects.filter(pk=message.pk, status=Message.Status.WAITING, attempts=message.attempts)
    mine.update(status=status, next_try_at=now + wait, leased_until=None, last_fault=kind)


def _refused(fault: Exception) -> bool:
    """Whether the mail server will never take this recipient (RFC 5321: a reply of the 500s)."""
    return isinstance(fault, SMTPRecipientsRefused) and all(code >= 500 for code, _words in fault.recipients.values())
