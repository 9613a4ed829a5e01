"""A request arrives: once, whole, with its promise and its messages in one transaction."""

import secrets
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from appointments import business_hours
from appointments.actions.transitions import FAMILY, inform
from appointments.handover.actions import post_to_systems
from appointments.models import Draft, Request, RequestEvent
from foundation.audit.actions import record
from foundation.privacy import tokens
from foundation.privacy.keys import keyed_hash
from foundation.prose import phones
from foundation.prose.addresses import email as clean_email
from foundation.prose.typed import comparable

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are mistaken for another on the phone


@transaction.atomic
def receive(*, draft_key: str, fields: dict[str, Any], draft: Draft | None = None) -> Request:
    """Stores a request and everything that belongs to it, or returns the one that this draft made before.

    `fields` are columns of Request; the `draft` is deleted. Any number of repeats, one after another or at once, give the same request.
    """
    request, is_new = Request.objects.get_or_create(draft_key=draft_key, defaults=fields | _own_columns(fields))
    if not is_new:
        return request
    RequestEvent.objects.create(request=request, verb="received", after=request.status)
    inform(request, "received")
    post_to_systems(request)
    if draft:
        draft.delete()
    record(by=FAMILY, verb="received", obj=request)  # the last: the audit's one row is held until the commit
    return request


def _own_columns(fields: dict[str, Any]) -> dict[str, Any]:
    """What the family did not answer: everything that is drawn at random, counted from now or found by."""
    link, link_hash = tokens.new()
    now = timezone.now()
    due_at = business_hours.due(fields["department"], start=now)
    return {
        "reference": _reference(),
        "link": link,
        "link_hash": link_hash,
        "calendar_uid": f"{uuid4()}@{settings.MESSAGE_HOST}",
        "email_index": index_email(fields.get("email", "")),
        "phone_index": index_phone(fields.get("phone", "")),
        "child_index": index_child(fields["child_name"], fields["child_born"]),
        "received_at": now,
        "due_at": due_at,
        "first_promise_at": due_at,
    }


def _reference() -> str:
    """Eight letters and digits in two groups: 30^8, too many to collide by chance; the database refuses a second."""
    letters = "".join(secrets.choice(LETTERS) for _letter in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def index_email(email: str) -> str:
    """The blind index of an address, however it was typed; "" for none."""
    address = clean_email(email).casefold()
    return keyed_hash(address, what="email") if address else ""


def index_phone(phone: str) -> str:
    """The blind index of a number, however it was typed: its last ten digits, without the extension; "" for none."""
    digits = phones.compared(phone)
    return keyed_hash(digits, what="phone") if digits else ""


def index_child(name: str, born: str) -> str:
    """The blind index of a child, by name in any spelling and date of birth: for staff, who see that two may be one."""
    return keyed_hash(f"{comparable(name)}\x00{born}", what="child")
