"""A request arrives: once, whole, with its promise and its messages in one transaction."""

import secrets
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from appointments import clock
from appointments.actions.moving import FAMILY, tell
from appointments.models import Request, Step
from foundation.audit.actions import record
from foundation.outbox.actions import post
from foundation.privacy import tokens
from foundation.privacy.keys import blind_index

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are mistaken for another on the phone


def receive(*, draft_key: str, fields: dict[str, Any]) -> Request:
    """Stores a request and everything that belongs to it, or returns the one that this draft made before.

    `fields` are columns of Request. Any number of repeats, one after another or at once, give the same request.
    """
    made = Request.objects.filter(draft_key=draft_key).first()
    if made:
        return made
    try:
        with transaction.atomic():
            return _store(draft_key, fields)
    except IntegrityError:
        return Request.objects.get(draft_key=draft_key)


def _store(draft_key: str, fields: dict[str, Any]) -> Request:
    link, link_hash = tokens.new()
    request = Request(draft_key=draft_key, reference=_reference(), link=link, link_hash=link_hash, **fields)
    request.calendar_uid = f"{request.seal_id}@{settings.MESSAGE_HOST}"
    request.email_index, request.phone_index = index_email(request.email), index_phone(request.phone)
    request.due_at = clock.due(request.department, start=request.received_at)
    request.save(force_insert=True)
    Step.objects.create(request=request, verb="received", after=request.status)
    record(by=FAMILY, verb="received", obj=request)
    tell(request, "received")
    if request.department.inbox:
        post(kind="inbox", object_id=request.pk)
    return request


def _reference() -> str:
    """Eight letters and digits in two groups: 30^8, too many to collide by chance; the database refuses a second."""
    drawn = "".join(secrets.choice(LETTERS) for _place in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def index_email(email: str) -> str:
    """The blind index of an address, whatever its case; "" for none."""
    return blind_index(email.strip().casefold(), what="email") if email.strip() else ""


def index_phone(phone: str) -> str:
    """The blind index of a number, however it was typed: its last ten digits; "" for none."""
    digits = "".join(letter for letter in phone if letter.isdigit())[-10:]
    return blind_index(digits, what="phone") if digits else ""


def same_child(fields: dict[str, Any]) -> Request | None:
    """An open request for the same child (name and date of birth) by the same email address or phone, if there is one."""
    wanted = (_plain(fields["child_name"]), fields["child_born"])
    indexes = {"email_index": index_email(fields["email"]), "phone_index": index_phone(fields["phone"])}
    for column, index in indexes.items():
        for request in Request.objects.open().filter(**{column: index}) if index else ():
            if not request.unreadable() and (_plain(request.child_name), request.child_born) == wanted:
                return request
    return None


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
