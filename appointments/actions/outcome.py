"""How a visit ended. Said by staff once its hour is over; the family is sent nothing."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.actions.booking import release
from appointments.actions.transitions import check_access, lock_request, move
from appointments.models import OfferedTime, Request, RequestEvent
from foundation.workflow import Refused

Status = Request.Status


@transaction.atomic
def record_outcome(*, request: Request, by: User, came: bool, seen: int | None = None) -> RequestEvent:
    """They came, or did not. Closes the request, and retention begins; one that goes on with another visit stays open.

    So does one of a family that did not come and whom we owe an answer: it asked for other times, or we were to call again.
    """
    check_access(by, request)
    lock_request(request)
    visit = request.times.over().first()
    if visit is None:
        raise Refused(_("There is no visit here whose hour is over."))
    ended, verb = (OfferedTime.Status.CAME, "came") if came else (OfferedTime.Status.MISSED, "missed")
    request.times.filter(pk=visit.pk).update(status=ended)
    on_offer = request.times.on_offer().first()
    if request.status != Status.CONFIRMED or on_offer or (not came and request.due_at):
        to = request.status if request.status != Status.CONFIRMED else Status.OFFERED if on_offer else Status.READING
        due_at = on_offer.expires_at if on_offer else request.due_at
        return move(request, to=to, by=by, verb=verb, due_at=due_at, seen=seen)
    release(request)
    facts = {"closed_at": timezone.now(), "ended": ended.value}
    return move(request, to=Status.CLOSED, by=by, verb=verb, due_at=None, seen=seen, **facts)
