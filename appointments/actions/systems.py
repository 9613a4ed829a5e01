"""What staff do where a system of the hospital refused a request, or did not take it."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from appointments.actions.transitions import check_access, lock_request, refuse_if_changed
from appointments.handover.actions import close_hand_over, post_to_systems
from appointments.models import HandOver, ReceivingSystem, Request
from foundation.audit.actions import record
from foundation.workflow import Refused


@transaction.atomic
def send_to_systems_again(*, request: Request, by: User, seen: int | None = None) -> None:
    """A new version for those that refused the last, or did not take it."""
    check_access(by, request)
    systems = ReceivingSystem.objects.filter(pk__in=_unanswered(request, seen).values("system"))
    post_to_systems(request, systems=systems)
    record(by=by, verb="sent to a system again", obj=request)


@transaction.atomic
def enter_by_hand(*, request: Request, by: User, number: str = "", seen: int | None = None) -> None:
    """Staff entered it in the system themselves: nothing waits there any more."""
    check_access(by, request)
    for row in _unanswered(request, seen).select_related("request"):
        close_hand_over(row, status=HandOver.Status.TAKEN, number=number)
    record(by=by, verb="entered in a system by hand", obj=request)


def _unanswered(request: Request, seen: int | None) -> QuerySet[HandOver]:
    """Raises Refused where nothing waits any more, as when the system answered meanwhile."""
    row = lock_request(request)
    refuse_if_changed(row, row.version if seen is None else seen)
    rows = HandOver.objects.unanswered().filter(request=request)
    if not rows.exists():
        raise Refused(_("It is taken by now. There is nothing to do."))
    return rows
