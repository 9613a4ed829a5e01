"""Earlier times: who would come sooner, an hour that came free held for one family at a time, and their answer.

The visit that a family has stands until it takes the other one: the request's status does not move.
"""

from dataclasses import replace

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.actions.booking import Slot, hold, let_stand, lock_for_booking, release, visit_to_cancel
from appointments.actions.staff import confirm_time
from appointments.actions.transitions import FAMILY, Act, check_access, inform, move, refuse_if_changed, report_act
from appointments.earlier_times import Family, families_for
from appointments.models import EarlierOffer, EarlierWish, OfferedTime, Request, RequestEvent, VideoRoom
from foundation.audit.actions import record
from foundation.workflow import Refused, Who


@transaction.atomic
def wish_earlier(*, request: Request, by: Who, notice_days: int | None, seen: int | None = None) -> RequestEvent:
    """The family would come sooner, with so many days' notice; None: it would rather keep its visit. By itself, or by staff for it."""
    check_access(by, request)
    if not visit_to_cancel(request):
        raise Refused(_("There is no visit ahead that could be earlier."))
    who = {"by": by if isinstance(by, User) else None}
    if notice_days is None:
        EarlierWish.objects.filter(request=request, ended_at=None).update(ended_at=timezone.now(), **who)
    else:
        facts = {"notice_days": notice_days, "since": timezone.now(), "ended_at": None, **who}
        EarlierWish.objects.update_or_create(request=request, defaults=facts)
    act = Act.NOT_EARLIER if notice_days is None else Act.EARLIER
    if by == FAMILY:
        report_act(request, act)
    return move(request, to=request.status, by=by, verb=act.value, due_at=request.due_at, seen=seen)


@transaction.atomic
def offer_earlier(*, request: Request, by: User, freed: OfferedTime, reason: str = "") -> EarlierOffer:
    """Holds the hour for this family and writes to it by day. One `reason` is needed if another waits longer.

    Whoever comes second finds the hour taken: the clinician's row is locked first.
    """
    check_access(by, request)
    check_access(by, freed.request)
    lock_for_booking(request, [Slot.of(freed)])
    family = _family_for(request, freed, reason)
    time = hold(request, [_slot_of(freed)], by=by, until=family.held_until)[0]
    facts = {"freed": freed, "time": time, "instead_of": family.visit, "by": by, "reason": reason}
    offer = EarlierOffer.objects.create(request=request, **facts)
    move(request, to=request.status, by=by, verb="offered earlier", due_at=request.due_at)
    inform(request, "offered earlier", at=family.leaves_at, offer=offer.pk)
    return offer


def _slot_of(freed: OfferedTime) -> Slot:
    """By video with the clinician's standing link: the one of the visit that was given back is known to another family."""
    link = VideoRoom.link_of(freed.clinician) if freed.is_virtual else ""
    if freed.is_virtual and not link:
        raise Refused(_("Enter a standing video link for %(who)s first, in Clinic hours.") % {"who": freed.clinician})
    return replace(Slot.of(freed), video_link=link)


def _family_for(request: Request, freed: OfferedTime, reason: str) -> Family:
    if not OfferedTime.objects.came_free().filter(pk=freed.pk).exists():
        raise Refused(_("This hour is no longer free."))
    families = families_for([freed])[freed.pk]
    found = next((family for family in families if family.request.pk == request.pk), None)
    if found is None:
        raise Refused(_("This hour does not fit this family any more. Look who else would come."))
    if found is not families[0] and not reason:
        raise Refused(_("Another family waits longer. Say why this one comes first."))
    return found


@transaction.atomic
def take_earlier(*, request: Request, by: User, seen: int | None = None) -> OfferedTime:
    """The family said yes on the phone."""
    check_access(by, request)
    time = _held(request).time
    lock_for_booking(request, [Slot.of(time)])
    _held(request)
    before = visit_to_cancel(request)
    release(request, by=by, also_confirmed=True)
    let_stand(time)
    confirm_time(request, time, before=before, by=by, seen=seen)
    return time


@transaction.atomic
def decline_earlier(*, request: Request, by: Who, seen: int | None = None) -> RequestEvent:
    """The family keeps the visit it has; the hour is free for the next one, and the family is asked again another time."""
    check_access(by, request)
    refuse_if_changed(request, request.version if seen is None else seen)
    offer = _held(request)
    lock_for_booking(request, [Slot.of(offer.time)])
    EarlierOffer.objects.filter(pk=_held(request).pk).update(declined_at=timezone.now())
    release(request, by=by)
    if by == FAMILY:
        report_act(request, Act.DECLINED)
    return move(request, to=request.status, by=by, verb=Act.DECLINED.value, due_at=request.due_at, seen=seen)


def _held(request: Request) -> EarlierOffer:
    held = request.earlier_offers.filter(time__in=request.times.on_offer()).select_related("time__clinician", "time__location")
    offer = held.select_related("time__room").last()
    if offer is None:
        raise Refused(_("No earlier time is held for this family any more."))
    return offer


@transaction.atomic
def keep_back(*, freed: OfferedTime, by: User) -> None:
    """The hour is given to nobody else: the clinician is away, or has other use for it."""
    check_access(by, freed.request)
    OfferedTime.objects.filter(pk=freed.pk).update(kept_back_at=timezone.now())
    record(by=by, verb="kept back a freed hour of", obj=freed.request)
