"""What a family does with its request, on its private page."""

import json
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from appointments import clock
from appointments.actions.booking import Slot, lock, release, to_cancel
from appointments.actions.inbox import What, report
from appointments.actions.receive import index_email, index_phone
from appointments.actions.staff import end, settle
from appointments.actions.transitions import FAMILY, locked, move, notify_family, refuse_if_erased
from appointments.models import Note, OfferedTime, Request, Step
from foundation.audit.actions import record
from foundation.outbox.actions import post
from foundation.workflow import Refused

Status = Request.Status


@transaction.atomic
def accept(*, request: Request, time: OfferedTime, seen: int | None = None) -> None:
    """Takes one of the offered times, if it is still held for them; the others, and a visit before, are free again."""
    lock(request, [Slot.of(time)])
    if not request.times.on_offer().filter(pk=time.pk).exists():
        raise Refused(_("This time is no longer held for you. Ask us for other times."))
    before = to_cancel(request)
    release(request, also_confirmed=True)
    OfferedTime.objects.filter(pk=time.pk).update(status=OfferedTime.Status.CONFIRMED)
    report(request, What.ACCEPTED, taken=time, freed=before)
    settle(request, time, by=FAMILY, seen=seen)


@transaction.atomic
def ask_for_other_times(*, request: Request, words: str = "", seen: int | None = None) -> Step:
    """None of the times fits: back to the coordinators with a new promise. A visit that is confirmed stands meanwhile."""
    if request.status not in {Status.OFFERED, Status.CONFIRMED}:
        raise Refused(_("There are no times to answer now."))
    locked(request)
    release(request)
    to = Status.CONFIRMED if request.times.standing().exists() else Status.READING
    report(request, What.OTHER_TIMES)
    step = move(request, to=to, by=FAMILY, verb="other times", due_at=clock.due(request.department), seen=seen)
    if words.strip():
        _write(request, words)
    return step


@transaction.atomic
def withdraw(*, request: Request, words: str = "", seen: int | None = None) -> Step:
    """The family ends it; the reason is theirs to give or not."""
    freed = to_cancel(locked(request))
    report(request, What.WITHDREW, freed=freed)
    step = end(request, by=FAMILY, ended=Request.Ended.BY_FAMILY, verb="withdrew", seen=seen)
    if words.strip():
        _write(request, words)
    return step


@transaction.atomic
def add_words(*, request: Request, words: str) -> Note:
    """Answers our question, or tells us something, while the request is open; it waits unread for the coordinators."""
    if not request.is_open:
        raise Refused(_("This request is closed. Call us, or ask for a new appointment."))
    if not words.strip():
        raise Refused(_("Write what you want to tell us."))
    report(request, What.WROTE)
    record(by=FAMILY, verb="wrote to", obj=request)
    return _write(request, words)


def _write(request: Request, words: str) -> Note:
    return Note.objects.create(request=request, kind=Note.Kind.ANSWER, words=words.strip())


@transaction.atomic
def change_contact(*, request: Request, fields: dict[str, Any]) -> None:
    """New `email`, `phone` and `contact` (a dictionary); the blind indexes follow.

    An address that we leave is told: whoever was there may not be the one who changed it. It is kept among the `former`
    ones, because a second change may come before that message is sent. What changes nothing tells nobody.
    """
    held = locked(request)
    refuse_if_erased(held)
    kept = held.read("contact")
    left, former = held.email, kept.pop("former", [])
    if (held.email, held.phone, kept) == (fields["email"], fields["phone"], fields["contact"]):
        return
    held.email, held.phone = fields["email"], fields["phone"]
    held.email_index, held.phone_index = index_email(held.email), index_phone(held.phone)
    if left and index_email(left) != held.email_index:
        post(kind="left", object_id=held.pk, language=held.site_language, former=len(former))
        former = [*former, left]
    held.contact = json.dumps(fields["contact"] | ({"former": former} if former else {}))
    held.save()
    report(held, What.CONTACT)
    record(by=FAMILY, verb="changed contact of", obj=held, fields=["contact", "email", "phone"])
    request.refresh_from_db()
    notify_family(request, "contact")


def send_link_again(*, reference: str, email: str) -> None:
    """Mails the link if reference and address belong together.

    The same work either way: a message about nothing is dropped when its turn comes, so that no clock tells the two apart.
    """
    found = Request.objects.filter(reference=reference, email_index=index_email(email), erased_at=None).first()
    post(kind="link", object_id=found.pk if found else 0, language=found.site_language if found else "en")
