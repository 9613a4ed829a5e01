"""Legal holds on a request: privacy officers place and lift them."""

from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.actions.transitions import check_access, lock_request, refuse_if_erased
from appointments.models import LegalHold, Request
from appointments.models.request import ERASES
from foundation.audit.actions import record
from foundation.workflow import Refused

PLACED, LIFTED = "placed a legal hold on", "lifted the legal hold on"


@transaction.atomic
def place_hold(*, request: Request, by: User, reason: str, until: date) -> LegalHold:
    """Until the end of the day `until` nothing of it is erased; a hold from before goes on in this one. Raises Refused."""
    check_access(by, request, ERASES)
    row = lock_request(request)
    refuse_if_erased(row)
    if until < timezone.localdate():
        raise Refused(_("The last day must be today or later."))
    row.holds.standing().update(lifted_at=timezone.now())
    hold = LegalHold.objects.create(request=row, by=by, reason=reason, until=until)
    record(by=by, verb=PLACED, obj=row, until=until.isoformat())
    return hold


@transaction.atomic
def lift_hold(*, request: Request, by: User) -> None:
    """From now on the retention period counts again. Raises Refused if none stands."""
    check_access(by, request, ERASES)
    row = lock_request(request)
    if not row.standing_hold:
        raise Refused(_("No legal hold stands on this request."))
    row.holds.standing().update(lifted_at=timezone.now())
    record(by=by, verb=LIFTED, obj=row)


@transaction.atomic
def hold_again(request: Request, *, reason: str, until: date) -> None:
    """Of a hold that a restored backup does not know; its own reason is lost."""
    row = lock_request(request)
    if until >= timezone.localdate() and not row.erased_at:
        LegalHold.objects.create(request=row, reason=reason, until=until)
