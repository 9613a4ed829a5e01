"""Which families an hour that came free fits: those that would come sooner, the longest waiting first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Prefetch, Q, Window, prefetch_related_objects
from django.db.models.functions import RowNumber
from django.utils import timezone

from appointments.free_hours import is_wished
from appointments.models import EarlierOffer, EarlierWish, OfferedTime, Request
from appointments.models.time import LEAST_NOTICE, LONG_HOLD, LONGEST, SHORT_HOLD
from foundation.privacy.keys import Unreadable

MORNING, EVENING = time(8), time(20)  # on the department's clock: no family is written to between evening and morning
SOONER = timedelta(days=1)  # at least, or the change is not worth a family's while
MOST_FAMILIES = 60  # of a department and kind of visit, that wait longest: others’ hours have families of their own


@dataclass(frozen=True)
class Family:
    """One that an hour fits: its wish, the visit that stands meanwhile, and until when the hour would be held for it."""

    wish: EarlierWish
    visit: OfferedTime
    leaves_at: datetime
    held_until: datetime

    @property
    def request(self) -> Request:
        return self.wish.request


class Waiting(NamedTuple):
    """What is known of a family whatever the hour: `wishes` are what it ticked; what it wrote in words is for people to read."""

    wish: EarlierWish
    visit: OfferedTime
    leaves_at: datetime
    wishes: dict[str, Any]


def families_for(freed: Iterable[OfferedTime]) -> dict[int, list[Family]]:
    """Of each hour, by its number, of the `MOST_FAMILIES` that wait longest. As many queries for one hour as for all."""
    hours, now = list(freed), timezone.now()
    prefetch_related_objects(hours, "clinician__licenses")
    waiting = list(filter(None, (_standing(wish, now) for wish in _wishes(hours, now))))
    busy = _busy_families(hours, now)
    return {hour.pk: [found for each in waiting if (found := _fit(hour, each, busy))] for hour in hours}


def _wishes(hours: list[OfferedTime], now: datetime) -> Iterable[EarlierWish]:
    """Of families that one of the hours can perhaps fit, with what tells whether it does."""
    times = OfferedTime.objects.taken(now)
    offers = EarlierOffer.objects.select_related("time")
    first = min((hour.starts_at for hour in hours), default=now)
    later = OfferedTime.objects.standing(now).filter(request=OuterRef("request"), starts_at__gte=first + SOONER)
    waiting = EarlierWish.objects.waiting(now).filter(
        Exists(later),
        request__department__in={hour.request.department_id for hour in hours},
        request__visit__in={hour.request.visit for hour in hours},
        request__mode__in={Request.Mode.EITHER, *(_mode(hour) for hour in hours)},
    )
    kind = [F("request__department"), F("request__visit"), F("request__mode")]
    place = Window(RowNumber(), partition_by=kind, order_by=["request__received_at", "pk"])
    waiting = waiting.annotate(place=place).filter(place__lte=MOST_FAMILIES).select_related("request__department")
    return waiting.prefetch_related(
        "request__department__locations", Prefetch("request__times", times), Prefetch("request__earlier_offers", offers)
    )


def _mode(hour: OfferedTime) -> str:
    return Request.Mode.VIRTUAL if hour.is_virtual else Request.Mode.IN_PERSON


def _busy_families(hours: list[OfferedTime], now: datetime) -> list[tuple[OfferedTime, set[str]]]:
    """Each visit that overlaps one of the hours, with the indexes by which its family is known."""
    overlaps = Q(pk__in=[])
    for hour in hours:
        overlaps |= Q(starts_at__gt=hour.starts_at - LONGEST, starts_at__lt=hour.ends_at, ends_at__gt=hour.starts_at)
    times = OfferedTime.objects.taken(now).filter(overlaps).select_related("request")
    return [(each, {each.request.email_index, each.request.phone_index} - {""}) for each in times]


def _standing(wish: EarlierWish, now: datetime) -> Waiting | None:
    """None of a family that has no visit, or another time on offer, or rests."""
    times = list(wish.request.times.all())
    visit = next((each for each in times if each.status == OfferedTime.Status.CONFIRMED), None)
    if visit is None or len(times) > 1 or wish.is_paused(now):
        return None
    try:
        wishes = wish.request.read("wishes")
    except Unreadable:  # people look at the case
        wishes = {}
    return Waiting(wish, visit, next_daytime(now, wish.request.department.time_zone), wishes)


def _fit(hour: OfferedTime, waiting: Waiting, busy: list[tuple[OfferedTime, set[str]]]) -> Family | None:
    wish, visit, leaves_at, wishes = waiting
    held = hold_length(hour.starts_at, wish.notice_days, leaves_at)
    if held is None or not _suits_visit(hour, wish.request, visit):
        return None
    if not is_wished(hour.starts_at.astimezone(ZoneInfo(hour.zone)), wishes):  # on the clock of the place
        return None
    if _was_offered(hour, wish.request) or _has_child_there(hour, wish.request, busy):
        return None
    return Family(wish, visit, leaves_at, leaves_at + held)


def _suits_visit(hour: OfferedTime, request: Request, visit: OfferedTime) -> bool:
    """The same department and kind of visit, no shorter, sooner; in a place, or by video with a license where the child is."""
    freed_by = hour.request
    is_same = (request.department_id, request.visit) == (freed_by.department_id, freed_by.visit) and request.pk != freed_by.pk
    is_long_enough = hour.ends_at - hour.starts_at >= visit.ends_at - visit.starts_at
    is_sooner = hour.starts_at + SOONER <= visit.starts_at
    return is_same and is_long_enough and is_sooner and _suits_mode(hour, request, visit)


def _suits_mode(hour: OfferedTime, request: Request, visit: OfferedTime) -> bool:
    if hour.is_virtual:
        day = hour.starts_at.astimezone(ZoneInfo(hour.zone)).date()
        may_treat = hour.clinician.may_treat_in(request.state, day, by_video=True) if request.state else False
        return request.mode != Request.Mode.IN_PERSON and may_treat
    places = {request.location_id or hour.location_id, visit.location_id}
    return request.mode != Request.Mode.VIRTUAL and hour.location_id in places


def _was_offered(hour: OfferedTime, request: Request) -> bool:
    same = (hour.clinician_id, hour.starts_at)
    return any((offer.time.clinician_id, offer.time.starts_at) == same for offer in request.earlier_offers.all())


def _has_child_there(hour: OfferedTime, request: Request, busy: list[tuple[OfferedTime, set[str]]]) -> bool:
    family = {request.email_index, request.phone_index} - {""}
    return any(
        family & known and visit.starts_at < hour.ends_at and visit.ends_at > hour.starts_at
        for visit, known in busy
        if visit.request_id != request.pk
    )


def hold_length(starts_at: datetime, notice_days: int, leaves_at: datetime) -> timedelta | None:
    """A day, or four hours where the hour is near; None if then less than the notice would be left that the family needs."""
    left = starts_at - max(timedelta(days=notice_days), LEAST_NOTICE) - leaves_at
    return next((length for length in (LONG_HOLD, SHORT_HOLD) if length <= left), None)


def next_daytime(now: datetime, zone: str) -> datetime:
    """Now, or at night the next morning, on the clock of `zone`."""
    local = now.astimezone(ZoneInfo(zone))
    if MORNING <= local.time() < EVENING:
        return now
    day = local.date() + timedelta(days=local.time() >= EVENING)
    return datetime.combine(day, MORNING, ZoneInfo(zone))
