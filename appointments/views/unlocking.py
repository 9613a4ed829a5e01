"""The tries at a child's date of birth: only wrong ones count, for one request, wherever they come from."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from appointments.actions.transitions import FAMILY
from appointments.models import Request
from foundation.audit.actions import record
from foundation.privacy import limits

WRONG, HOUR = 5, timedelta(hours=1)
WRONG_IN_ALL = 30  # of one link: a day of birth is one of some 6,000, or of some 300 for who knows how old the child is
WHAT = "unlock"


def may_try(request: HttpRequest, row: Request) -> bool:
    """Counts a try; `is_right` takes it back. By the request alone: many families may come from one address."""
    return limits.allowed(request, what=WHAT, most=WRONG, per=HOUR, who=row.link_hash)


def is_worn_out(row: Request) -> bool:
    """Too many wrong dates since the link was made, however long that took. Staff make a new one."""
    return row.wrong_dates >= WRONG_IN_ALL


def ask_for_a_new_link(row: Request) -> str:
    """What a family reads then."""
    told = _("Too many dates of birth were tried that were not right, so this link no longer opens. Call us: %(phone)s.")
    return told % {"phone": row.department.phone} + " " + _("We then send you a new one.")


@transaction.atomic
def is_right(row: Request, born: date) -> bool:
    """Whether it is the date that the family gave. Either way it stays on record."""
    right = constant_time_compare(born.isoformat(), row.child_born)
    if right:
        limits.forget(what=WHAT, per=HOUR, who=row.link_hash)
    else:
        Request.objects.filter(pk=row.pk).update(wrong_dates=F("wrong_dates") + 1)
    verb = "opened the page of" if right else "gave a wrong date of birth for"
    record(by=FAMILY if right else "somebody with the link", verb=verb, obj=row)
    return right
