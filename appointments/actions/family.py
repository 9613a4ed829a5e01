"""What a family does with its request, on its private page."""

import json
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from appointments import business_hours
from appointments.actions.booking import Slot, let_stand, lock_for_booking, release, visit_to_cancel
from appointments.actions.receive import index_email, index_phone
from appointments.actions.staff import confirm_time, end_request
from appointments.actions.transitions import FAMILY, Act, inform, lock_request, move, refuse_if_erased, report_act
from appointments.choices import How, Message
from appointments.column_text import LABELS
from appointments.handover.actions import post_to_systems
from appointments.models import Note, OfferedTime, Request, RequestEvent
from foundation.audit.actions import record
from foundation.outbox.actions import post
from foundation.workflow import Refused

Status = Request.Status


@transaction.atomic
def accept(*, request: Request, time: OfferedTime, seen: int | None = None) -> None:
    """Takes one of the offered times, if it is still held for them; the others, and a visit before, are free again."""
    lock_for_booking(request, [Slot.of(time)])
    if not request.times.on_offer().filter(pk=time.pk).exists():
        raise Refused(_("This time is no longer held for you. Ask us for other times."))
    before = visit_to_cancel(request)
    release(request, by=FAMILY, also_confirmed=True)
    let_stand(time)
    report_act(request, Act.ACCEPTED, taken=time, freed=before)
    confirm_time(request, time, before=before, by=FAMILY, seen=seen)


@transaction.atomic
def ask_for_other_times(*, request: Request, words: str = "", seen: int | None = None) -> RequestEvent:
    """None of the times fits: back to the coordinators with a new promise. A visit that is confirmed stands meanwhile."""
    if request.status not in {Status.OFFERED, Status.CONFIRMED}:
        raise Refused(_("There are no times to answer now."))
    lock_request(request)
    release(request, by=FAMILY)
    to = Status.CONFIRMED if request.times.standing().exists() else Status.READING
    report_act(request, Act.OTHER_TIMES)
    event = move(request, to=to, by=FAMILY, verb="other times", due_at=business_hours.due(request.department), seen=seen)
    if words.strip():
        _write(request, words)
    return event


@transaction.atomic
def withdraw(*, request: Request, words: str = "", seen: int | None = None) -> RequestEvent:
    freed = visit_to_cancel(lock_request(request))
    report_act(request, Act.WITHDREW, freed=freed)
    event = end_request(request, by=FAMILY, reason=Request.Reason.WITHDRAWN, verb="withdrew", seen=seen)
    if words.strip():
        _write(request, words)
    return event


@transaction.atomic
def add_words(*, request: Request, words: str) -> Note:
    if not request.is_open:
        raise Refused(_("This request is closed. Call us, or ask for a new appointment."))
    if not words.strip():
        raise Refused(_("Write what you want to tell us."))
    report_act(request, Act.WROTE)
    record(by=FAMILY, verb="wrote to", obj=request)
    return _write(request, words)


def _write(request: Request, words: str) -> Note:
    return Note.objects.create(request=request, kind=Note.Kind.ANSWER, words=words.strip())


def state_of_contact(row: Request) -> str:
    """By which a form tells what it was filled from, and tells nobody else."""
    return salted_hmac("appointments.contact", json.dumps([row.email, row.phone, row.contact])).hexdigest()[:16]


@transaction.atomic
def change_contact(*, request: Request, fields: dict[str, Any], seen: str = "") -> None:
    """New `email`, `phone` and `contact` (a dictionary); the blind indexes follow. `seen`: the state that was on the screen.

    An address that we leave is told: whoever was there may not be the one who changed it. It is kept among the `former`
    ones, because a second change may come before that message is sent. What changes nothing tells nobody.
    """
    row = lock_request(request)
    refuse_if_erased(row)
    kept = row.read("contact")
    left, former = row.email, kept.pop("former", [])
    if (row.email, row.phone, kept) == (fields["email"], fields["phone"], fields["contact"]):
        return
    if seen and seen != state_of_contact(row):
        raise Refused(_contact_changed(row, kept))
    row.email, row.phone = fields["email"], fields["phone"]
    row.email_index, row.phone_index = index_email(row.email), index_phone(row.phone)
    if left and index_email(left) != row.email_index:
        post(kind="left", object_id=row.pk, language=row.site_language, former=len(former))
        former = [*former, left]
    row.contact = json.dumps(fields["contact"] | ({"former": former} if former else {}))
    row.save()
    report_act(row, Act.CONTACT)
    record(by=FAMILY, verb="changed contact of", obj=row, fields=["contact", "email", "phone"])
    request.refresh_from_db()
    post_to_systems(request)
    inform(request, Act.CONTACT)


def _contact_changed(row: Request, contact: dict[str, Any]) -> str:
    known = [row.phone, row.email, str(dict(How.choices).get(contact.get("how", ""), ""))]
    if answer := dict(Message.choices).get(contact.get("message", "")):
        known.append(f"{LABELS['message']} {answer}")
    words = _("These details were changed after you opened this page. We have now: %(details)s.")
    again = _("Nothing you typed is saved yet. It stands below: press the button again to put it in their place.")
    return f"{words % {'details': ', '.join(filter(None, known))}} {again}"


def send_link_again(*, reference: str, email: str) -> None:
    """Mails the link if reference and address belong together.

    The same work either way: a message about nothing is dropped when its turn comes, so that no clock tells the two apart.
    """
    found = Request.objects.filter(reference=reference, email_index=index_email(email), erased_at=None).first()
    post(kind="link", object_id=found.pk if found else 0, language=found.site_language if found else "en")
