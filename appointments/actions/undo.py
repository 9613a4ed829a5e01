"""Taking back the last step, whole: with who had the request before and the visit that the step took away. Or not at all."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.actions.booking import Slot, lock, release, stand_again
from appointments.actions.reminders import remind
from appointments.actions.transitions import changed_meanwhile, locked, may, notify_family
from appointments.messages import ours
from appointments.models import Note, OfferedTime, Request, Step
from foundation.audit.actions import record
from foundation.outbox.models import Message
from foundation.workflow import Refused

UNDO_WITHIN = timedelta(minutes=10)
LASTING = {"received", "merged", "handed over", "reopened"}
ASKED_FOR = ["inbox", "family", "link", "contact", "left"]  # messages that tell nothing of a step
OUTCOMES = {"came", "missed"}
Status = Request.Status


@transaction.atomic
def undo(*, request: Request, by: User, seen: int | None = None) -> Step:
    """Takes back the last step within ten minutes. What was sent stays sent: the family then gets the true state.

    A visit that the step took away stands again if nobody has its hour by now. Raises Refused, with the reason.
    """
    may(by, request)
    last = last_step(request)
    before = _visit_before(last)
    siblings = lock(request, [Slot.of(before)]) if before else []
    held = locked(request)
    if held.version != (request.version if seen is None else seen):
        raise Refused(changed_meanwhile(request))
    if last is None or not can_undo(last, held):
        raise Refused(_("The last step cannot be undone any more."))
    gone = _visit_of(last)
    back = _free_times(held, last)
    left = _call_back(held, last)
    step = _restore(held, last, back, by=by, visit_changes=bool(before or gone))
    request.refresh_from_db()
    if before:
        _bring_back(before, siblings)
        remind(request, before)
    if left:
        notify_family(request, "changed", step=step.pk, **gone)
    return step


def last_step(request: Request) -> Step | None:
    """The step that an undo would take back."""
    return request.steps.filter(undone=False).exclude(verb="undid").last()


def can_undo(step: Step, request: Request) -> bool:
    """A staff step of the last ten minutes that is still the last word. Whether a visit can come back shows when it is tried."""
    lasting = step.verb in LASTING or request.erased_at
    return bool(step.by_id) and not lasting and timezone.now() - step.at <= UNDO_WITHIN


def _visit_of(last: Step) -> dict[str, Any]:
    """The visit that `last` confirmed, for the message that takes it back."""
    confirmed = last.request.times.filter(status=OfferedTime.Status.CONFIRMED)
    return {"time": confirmed.get().pk} if last.verb == "confirmed" else {}


def _visit_before(last: Step | None) -> OfferedTime | None:
    """The visit that stood until `last` confirmed another one, closed the request or said how the visit ended.

    Each “confirmed” step has its own time, and both are in the same order: an offer ends all the ones before it.
    """
    if last is None or last.verb not in {"confirmed", "closed", *OUTCOMES}:
        return None
    ever = last.request.times.exclude(status__in=[OfferedTime.Status.OFFERED, OfferedTime.Status.RELEASED])
    times, stood = iter(ever.select_related("clinician", "location", "room").order_by("pk")), None
    for step in last.request.steps.filter(pk__lt=last.pk):
        confirmed = next(times) if step.verb == "confirmed" else None
        if not step.undone and (confirmed or step.after == Status.CLOSED or step.verb in OUTCOMES):
            stood = confirmed
    return stood


def _free_times(request: Request, last: Step) -> str:
    """The status to go back to. Taking, asking or trying leaves the times on offer; those that a step released are gone."""
    if last.verb in {"took", "asked", "tried", *OUTCOMES}:
        return last.before
    release(request, also_confirmed=last.verb == "confirmed")
    return Status.READING if last.before == Status.OFFERED else last.before


def _bring_back(before: OfferedTime, siblings: list[int]) -> None:
    try:
        stand_again(before, siblings)
    except Refused as taken:
        told = _("The last step cannot be undone, since the visit before cannot come back. %(why)s")
        raise Refused(told % {"why": taken}) from taken


def _call_back(request: Request, last: Step) -> bool:
    """Drops what waits of the step's messages. Tells whether one may have reached the family: sent, or tried at least once."""
    posted = ours().filter(object_id=request.pk, created_at__gte=last.at).exclude(kind__in=ASKED_FOR)
    waiting = Q(status=Message.Status.WAITING)
    left = posted.filter(Q(status=Message.Status.SENT) | waiting & Q(attempts__gt=0)).exists()
    posted.filter(waiting).update(status=Message.Status.DROPPED)
    return left


def _restore(request: Request, last: Step, back: str, *, by: User, visit_changes: bool) -> Step:
    """The row as it was before `last`; in the family's calendar that is one more change."""
    if last.verb == "asked":
        request.notes.filter(kind=Note.Kind.QUESTION, at__gte=last.at).delete()
    if last.verb == "took":
        request.taken_by = _holder_before(last)
    if last.verb == "closed":
        request.closing_words = ""
    request.status, request.due_at, request.closed_at, request.ended = back, last.due_before, None, ""
    request.version += 1
    request.calendar_sequence += visit_changes
    request.save()
    last.undone = True
    last.save()
    step = Step.objects.create(request=request, verb="undid", before=last.after, after=back, by=by)
    record(by=by, verb="undid", obj=request)
    return step


def _holder_before(took: Step) -> User | None:
    """Who had the request before; nobody right after it was handed over."""
    changes = took.request.steps.filter(pk__lt=took.pk, undone=False, verb__in=["took", "handed over"])
    last = changes.select_related("by").last()
    return last.by if last and last.verb == "took" else None
