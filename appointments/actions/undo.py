"""Taking back the last event, whole: with who had the request before and the visit that it took away. Or not at all."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.actions.booking import Slot, confirm_again, lock_for_booking, post_reminders, release
from appointments.actions.transitions import (
    check_access,
    inform_clinicians,
    lapse_of,
    lock_request,
    notify_family,
    refuse_if_changed,
)
from appointments.messages import TO_STAFF, about_requests
from appointments.models import Note, OfferedTime, Request, RequestEvent
from appointments.readers import READERS
from foundation.audit.actions import record
from foundation.outbox.models import Message
from foundation.workflow import Refused

UNDO_WITHIN = timedelta(minutes=10)
LASTING = {"received", "merged", "handed over", "reopened", "earlier", "not earlier", "declined"}
OF_NO_EVENT = ["inbox", "family", "link", "contact", "left"]  # messages that tell nothing of an event
OUTCOMES = {"came", "missed"}
ENDS_OF_VISITS = {"cancelled", *OUTCOMES}
LEAVE_OFFERS = {"took", "assigned", "gave back", "asked", "tried", *ENDS_OF_VISITS}
Status = Request.Status


@transaction.atomic
def undo(*, request: Request, by: User, seen: int | None = None) -> RequestEvent:
    """Takes back the last event within ten minutes. What was sent stays sent: the family then gets the true state.

    A visit that the event took away stands again if nobody has its hour by now. Raises Refused, with the reason.
    """
    check_access(by, request)
    last = last_event(request)
    before = _visit_before(last)
    siblings = lock_for_booking(request, [Slot.of(before)]) if before else []
    row = lock_request(request)
    refuse_if_changed(row, request.version if seen is None else seen)
    if last is None or not can_undo(last, row):
        raise Refused(_("The last step cannot be undone any more."))
    freed = row.times.get(status=OfferedTime.Status.CONFIRMED) if last.verb == "confirmed" else None
    status = _free_times(row, last, by=by)
    was_sent = _drop_messages(row, last)
    event = _restore(row, last, status, by=by, visit_changes=bool(before or freed))
    request.refresh_from_db()
    if before:
        _bring_back(before, siblings)
        post_reminders(request, before)
    request.lapses_at = lapse_of(request, request.status, request.due_at)
    if not was_sent and request.first_contact_at == last.at:
        request.first_contact_at = request.first_contact_minutes = None
    request.save(update_fields=["lapses_at", "first_contact_at", "first_contact_minutes"])
    if was_sent:
        detail: dict[str, Any] = {"time": freed.pk} if freed else {}
        notify_family(request, READERS["undid"].family, event=event.pk, **detail)
    inform_clinicians(request, visit=before, freed=freed)
    return event


def last_event(request: Request) -> RequestEvent | None:
    return request.events.filter(undone=False).exclude(verb="undid").last()


def can_undo(event: RequestEvent, request: Request) -> bool:
    """An act of staff in the last ten minutes that is still the last word. Whether a visit can come back shows when it is tried."""
    is_lasting = event.verb in LASTING or request.erased_at
    return bool(event.by_id) and not is_lasting and timezone.now() - event.at <= UNDO_WITHIN


def _visit_before(last: RequestEvent | None) -> OfferedTime | None:
    """The visit that stood until `last` confirmed another one, closed the request or said how the visit ended.

    Each “confirmed” event has its own time, and both are in the same order: an offer ends all the ones before it.
    """
    if last is None or last.verb not in {"confirmed", "closed", *ENDS_OF_VISITS}:
        return None
    visits = last.request.times.exclude(status__in=[OfferedTime.Status.OFFERED, OfferedTime.Status.RELEASED])
    times, standing = iter(visits.select_related("clinician", "location", "room").order_by("pk")), None
    for event in last.request.events.filter(pk__lt=last.pk):
        confirmed = next(times) if event.verb == "confirmed" else None
        if not event.undone and (confirmed or event.after == Status.CLOSED or event.verb in ENDS_OF_VISITS):
            standing = confirmed
    return standing


def _free_times(request: Request, last: RequestEvent, *, by: User) -> str:
    """The status to go back to. What an event released is gone; most leave the times on offer as they are."""
    if last.verb in LEAVE_OFFERS:
        return last.before
    release(request, by=by, also_confirmed=last.verb == "confirmed")
    return Status.READING if last.before == Status.OFFERED else last.before


def _bring_back(before: OfferedTime, siblings: list[int]) -> None:
    try:
        confirm_again(before, siblings)
    except Refused as refusal:
        words = _("The last step cannot be undone, since the visit before cannot come back. %(why)s")
        raise Refused(words % {"why": refusal}) from refusal


def _drop_messages(request: Request, last: RequestEvent) -> bool:
    """Drops what waits of the event's messages. Tells whether one may have reached the family: sent, or tried at least once."""
    messages = about_requests().filter(object_id=request.pk, created_at__gte=last.at).exclude(kind__in=OF_NO_EVENT)
    waiting = Q(status=Message.Status.WAITING)
    was_sent = messages.exclude(kind__in=TO_STAFF).filter(Q(status=Message.Status.SENT) | waiting & Q(attempts__gt=0)).exists()
    messages.filter(waiting).update(status=Message.Status.DROPPED)
    return was_sent


def _restore(request: Request, last: RequestEvent, status: str, *, by: User, visit_changes: bool) -> RequestEvent:
    """The row as it was before `last`; in the family's calendar that is one more change."""
    if last.verb == "asked":
        request.notes.filter(kind=Note.Kind.QUESTION, at__gte=last.at).delete()
    former = request.events.filter(pk__lt=last.pk).select_related("holder").last()
    request.taken_by = former.holder if former else None
    if last.verb == "offered earlier":
        request.earlier_offers.order_by("-pk")[0].delete()
    if last.verb == "closed":
        request.closing_words = ""
    request.status, request.due_at, request.lapses_at = status, last.due_before, None
    request.closed_at, request.ended, request.closing_reason = None, "", ""
    request.version += 1
    request.calendar_sequence += visit_changes
    request.save()
    last.undone = True
    last.save()
    event = RequestEvent.objects.create(
        request=request, verb="undid", before=last.after, after=status, by=by, holder=request.taken_by
    )
    record(by=by, verb="undid", obj=request)
    return event
