"""A request arrives: once, whole, with its promise and its messages in one transaction."""

import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model

from appointments import clock
from appointments.actions.transitions import FAMILY
from appointments.models import Draft, Request, Step
from foundation.audit.actions import record
from foundation.audit.directly import insert, inserting, removing
from foundation.outbox.actions import written
from foundation.privacy import tokens
from foundation.privacy.keys import blind_index
from foundation.prose import phones
from foundation.prose.addresses import email as cleaned
from foundation.prose.typed import comparable

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are mistaken for another on the phone


@transaction.atomic(savepoint=False)
def receive(*, draft_key: str, fields: dict[str, Any], draft: Draft | None = None) -> Request:
    """Stores a request and everything that belongs to it, or returns the one that this draft made before.

    `fields` are columns of Request; the `draft` is deleted. Any number of repeats, one after another or at once, give the same request.
    """
    request = _drawn(draft_key, fields)
    if not insert(request, unless="draft_key"):
        return Request.objects.get(draft_key=draft_key)
    rows: list[Model] = [Step(request=request, verb="received", after=request.status)]
    if request.email_index:
        rows.append(written(kind="received", object_id=request.pk, language=request.site_language))
    if request.department.inbox:
        rows.append(written(kind="inbox", object_id=request.pk))
    along = [*map(inserting, rows), *([removing(draft)] if draft else [])]
    record(by=FAMILY, verb="received", obj=request, along=along)  # the last: the audit's one row is held until the commit
    return request


def _drawn(draft_key: str, fields: dict[str, Any]) -> Request:
    """The row, with everything that is drawn at random or counted from now; not stored yet."""
    link, link_hash = tokens.new()
    request = Request(draft_key=draft_key, reference=_reference(), link=link, link_hash=link_hash, **fields)
    request.calendar_uid = f"{request.seal_id}@{settings.MESSAGE_HOST}"
    request.email_index, request.phone_index = index_email(fields.get("email", "")), index_phone(fields.get("phone", ""))
    request.child_index = index_child(fields["child_name"], fields["child_born"])
    request.due_at = clock.due(request.department, start=request.received_at)
    return request


def _reference() -> str:
    """Eight letters and digits in two groups: 30^8, too many to collide by chance; the database refuses a second."""
    number = secrets.randbelow(len(LETTERS) ** 8)  # drawn at once: each draw asks the system
    drawn = "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def index_email(email: str) -> str:
    """The blind index of an address, however it was typed; "" for none."""
    address = cleaned(email).casefold()
    return blind_index(address, what="email") if address else ""


def index_phone(phone: str) -> str:
    """The blind index of a number, however it was typed: its last ten digits, without the extension; "" for none."""
    digits = phones.compared(phone)
    return blind_index(digits, what="phone") if digits else ""


def index_child(name: str, born: str) -> str:
    """The blind index of a child, by name in any spelling and date of birth: for staff, who see that two may be one."""
    return blind_index(f"{comparable(name)}\x00{born}", what="child")
