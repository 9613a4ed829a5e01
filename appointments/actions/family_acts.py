"""What a family does reaches the department: it waits on the staff's first page, and a mail without personal data leaves."""

from django.utils import timezone

from appointments.models import FamilyAct, OfferedTime, Request
from foundation.outbox.actions import post

What = FamilyAct.What
MOVES = (What.WITHDREW, What.ACCEPTED, What.OTHER_TIMES)  # they change the request's version: who moves it on has seen them


def report_act(request: Request, what: str, *, taken: OfferedTime | None = None, freed: OfferedTime | None = None) -> None:
    """In the transaction of the act. `taken` and `freed` are the visit that is theirs by it, and the one that no longer is."""
    act = FamilyAct.objects.create(request=request, what=what, taken=taken, freed=freed)
    if request.department.inbox:
        post(kind="family", object_id=request.pk, act=act.pk)


def mark_acts_seen(request: Request, *, upto: int | None = None) -> int:
    """Acts up to the number `upto` wait no longer; without it those that a colleague answers by moving the request."""
    unseen = request.family_acts.unseen()
    unseen = unseen.filter(what__in=MOVES) if upto is None else unseen.filter(pk__lte=upto)
    return unseen.update(seen_at=timezone.now())
