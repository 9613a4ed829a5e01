"""How a visit ended. Said by staff once its hour is over; the family is sent nothing."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.actions.booking import release
from appointments.actions.moving import NotAllowed, locked, may, move
from appointments.models import OfferedTime, Request, Step

Status = Request.Status


@transaction.atomic
def record_outcome(*, request: Request, by: User, came: bool, seen: int | None = None) -> Step:
    """They came, or did not. Closes the request, and retention begins; one that goes on with another visit stays open."""
    may(by, request)
    locked(request)
    visit = request.times.over().first()
    if visit is None:
        raise NotAllowed(_("There is no visit here whose hour is over."))
    ended, verb = (OfferedTime.Status.CAME, "came") if came else (OfferedTime.Status.MISSED, "missed")
    goes_on = request.status != Status.CONFIRMED or request.times.on_offer().exists()
    request.times.filter(pk=visit.pk).update(status=ended)
    if goes_on:
        to = Status.OFFERED if request.status == Status.CONFIRMED else request.status
        return move(request, to=to, by=by, verb=verb, due_at=request.due_at, seen=seen)
    release(request)
    facts = {"closed_at": timezone.now(), "ended": ended.value}
    return move(request, to=Status.CLOSED, by=by, verb=verb, due_at=None, seen=seen, **facts)
