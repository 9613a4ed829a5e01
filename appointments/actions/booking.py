"""Holding and confirming times: nobody and no room twice, nor one child twice, however many try at once; and reminders."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import time_text
from appointments.actions.transitions import FAMILY, notify_family
from appointments.business_hours import AHEAD
from appointments.models import OfferedTime, Request
from directory.models import Clinician, Location, Room
from foundation.outbox.models import Message
from foundation.workflow import Refused, Who

REMINDERS, REMINDER_HOUR = (2, 1), time(10)  # days before the visit; on its clock


@dataclass(frozen=True)
class Slot:
    """A time to hold: UTC moments, the IANA zone it is meant in, with whom and where (no location: by video)."""

    clinician: Clinician
    starts_at: datetime
    ends_at: datetime
    zone: str
    location: Location | None = None
    room: Room | None = None
    video_link: str = ""

    @classmethod
    def of(cls, time: OfferedTime) -> "Slot":
        return cls(time.clinician, time.starts_at, time.ends_at, time.zone, time.location, time.room, time.video_link)


def hold(
    request: Request, slots: list[Slot], *, by: Who, status: str = OfferedTime.Status.OFFERED, until: datetime | None = None
) -> list[OfferedTime]:
    """Takes the times for the request, or raises Refused naming the one that is not free. In the caller's transaction.

    What was on offer is free again; so is a confirmed time when another is confirmed. `until` when it is held: as the
    department says.
    """
    siblings = lock_for_booking(request, slots)
    release(request, by=by, also_confirmed=status == OfferedTime.Status.CONFIRMED)
    now, times = timezone.now(), []
    expires_at = until or now + timedelta(hours=request.department.offers_hold)
    for slot in sorted(slots, key=lambda slot: slot.starts_at):
        if slot.starts_at <= now:
            words = _("%(when)s has passed. Choose a later time.")
            raise Refused(words % {"when": time_text.short(slot.starts_at, slot.zone)})
        if slot.starts_at > now + AHEAD + timedelta(days=1):
            raise Refused(_("Choose a day within two years."))
        _refuse_if_taken(request, siblings, slot)
        times.append(OfferedTime.objects.create(request=request, status=status, expires_at=expires_at, **vars(slot)))
    return times


def lock_for_booking(request: Request, slots: list[Slot]) -> list[int]:
    """Locks clinicians, rooms and every request of the same family for the same child, each kind in order; returns those requests.

    Two transactions that could collide have at least one of these rows in common, so the second waits for the first.
    """
    list(Clinician.objects.select_for_update(no_key=True).filter(pk__in={slot.clinician.pk for slot in slots}).order_by("pk"))
    rooms = {slot.room.pk for slot in slots if slot.room}
    list(Room.objects.select_for_update(no_key=True).filter(pk__in=rooms).order_by("pk"))
    relatives = Request.objects.select_for_update(no_key=True).filter(request.same_family(), request.same_child())
    return list(relatives.order_by("pk").values_list("pk", flat=True))


def release(request: Request, *, by: Who, also_confirmed: bool = False) -> None:
    """Frees the times on offer, and with `also_confirmed` the confirmed one: cancelled, or over if it has begun.

    In the caller's transaction; the request is locked.
    """
    now, clock, ended = timezone.now(), OfferedTime.Ended.BY_CLOCK, _ended(by)
    offered = request.times.filter(status=OfferedTime.Status.OFFERED)
    lapsed = {"ended_at": Least("expires_at", "starts_at"), "ended_by": clock}
    offered.exclude(pk__in=offered.on_offer(now)).update(status=OfferedTime.Status.RELEASED, **lapsed)
    offered.update(status=OfferedTime.Status.RELEASED, **ended)
    if also_confirmed:
        confirmed = request.times.filter(status=OfferedTime.Status.CONFIRMED)
        over = {"ended_at": F("ends_at"), "ended_by": clock}
        confirmed.filter(starts_at__lte=now).update(status=OfferedTime.Status.OVER, **over)
        confirmed.update(status=OfferedTime.Status.CANCELLED, **ended)


def cancel(visit: OfferedTime, *, by: Who) -> None:
    OfferedTime.objects.filter(pk=visit.pk).update(status=OfferedTime.Status.CANCELLED, **_ended(by))


def _ended(by: Who) -> dict[str, Any]:
    return {"ended_at": timezone.now(), "ended_by": OfferedTime.Ended.BY_FAMILY if by == FAMILY else OfferedTime.Ended.BY_US}


def visit_to_cancel(request: Request) -> OfferedTime | None:
    return request.times.filter(status=OfferedTime.Status.CONFIRMED, starts_at__gt=timezone.now()).first()


def confirm_again(time: OfferedTime, siblings: list[int]) -> None:
    """Confirms a cancelled time once more, or raises Refused. In the caller's transaction, after `lock_for_booking` and `release`."""
    _refuse_if_taken(time.request, siblings, Slot.of(time))
    let_stand(time)


def let_stand(time: OfferedTime) -> None:
    """Makes it the confirmed visit of its request, which has none now."""
    stands = {"status": OfferedTime.Status.CONFIRMED, "ended_at": None, "ended_by": "", "replaced_by": None}
    OfferedTime.objects.filter(pk=time.pk).update(**stands)


def _refuse_if_taken(request: Request, siblings: list[int], slot: Slot) -> None:
    taken = OfferedTime.objects.taken().overlapping(slot.starts_at, slot.ends_at).with_child()
    when = time_text.short(slot.starts_at, slot.zone)
    if clash := taken.filter(clinician=slot.clinician).first():
        raise Refused(_clash_in_words(clash, request) % {"when": when, "who": slot.clinician, "child": clash.request.initials})
    if slot.room and taken.filter(room=slot.room).exists():
        raise Refused(_("%(when)s: %(room)s is taken then.") % {"when": when, "room": slot.room})
    if taken.filter(request__in=siblings).exclude(request=request, status=OfferedTime.Status.OFFERED).exists():
        raise Refused(_("%(when)s: this child has another visit then.") % {"when": when})


def _clash_in_words(clash: OfferedTime, request: Request) -> str:
    """With whom, by initials; not of another department, whose families its coordinators alone know."""
    if clash.request.department_id != request.department_id:
        return _("%(when)s is taken: %(who)s has a visit of another department then, or holds the time for one.")
    if clash.status == OfferedTime.Status.OFFERED:
        return _("%(when)s is taken: %(who)s holds the time for %(child)s now.")
    return _("%(when)s is taken: %(who)s meets %(child)s then.")


def post_reminders(request: Request, visit: OfferedTime) -> None:
    earlier = Message.objects.filter(object_id=request.pk, kind="reminder", status=Message.Status.WAITING)
    earlier.update(status=Message.Status.DROPPED)
    zone = ZoneInfo(visit.zone)
    day = visit.starts_at.astimezone(zone).date()
    for days in REMINDERS:
        at = datetime.combine(day - timedelta(days=days), REMINDER_HOUR, zone)
        if at > timezone.now():
            notify_family(request, "reminder", at=at, time=visit.pk, sequence=request.calendar_sequence)
