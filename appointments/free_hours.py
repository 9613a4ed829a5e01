"""Free hours of a clinician: clinic hours, or the department's opening hours, minus days away, closed days, holidays, holds and visits.

Asked anew each time with the same few queries, whatever the number of visits; nothing is stored. `hold` still refuses what
was taken meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import time_text
from appointments.business_hours import usual_calendar
from appointments.models import ClinicHours, OfferedTime, Request
from appointments.models.time import OfferedTimeQuerySet
from directory.calendar import is_holiday, moment
from directory.hours import span
from directory.models import Clinician, Department, Location, Room

STEP = timedelta(minutes=30)  # from the beginning of each clinic
DAY = timedelta(days=1)


class Span(NamedTuple):
    """Hours at which the clinician meets families (UTC), in one room if it is named."""

    starts_at: datetime
    ends_at: datetime
    room: Room | None = None


class FreeHour(NamedTuple):
    starts_at: datetime
    room: Room | None
    clinician: Clinician


@dataclass(frozen=True)
class Wanted:
    """With whom, for which department, where (no place: by video), how long."""

    clinician: Clinician
    department: Department
    location: Location | None
    minutes: int
    is_follow_up: bool = False

    @property
    def zone(self) -> str:
        return self.location.time_zone if self.location else self.department.time_zone


class Diary:
    """What some clinicians of a department have from one day to another, and a family's child; as many queries for one clinician as for fifty.

    `wanted` have department and place in common. What is offered to the very family of `request` is free again for another offer.
    """

    def __init__(self, wanted: list[Wanted], first: date, last: date, *, request: Request | None = None) -> None:
        self.clinicians = [each.clinician for each in wanted]
        self.first, self.last, self.request = first, last, request
        self.department, self.location, self.zone = wanted[0].department, wanted[0].location, ZoneInfo(wanted[0].zone)
        self.calendar = usual_calendar(self.department, first)
        self.rooms: list[Room] = list(self.location.rooms.all()) if self.location else []

    @cached_property
    def clinics(self) -> list[ClinicHours]:
        """Of this department and of others."""
        return list(ClinicHours.objects.filter(clinician__in=self.clinicians).select_related("room"))

    @cached_property
    def _siblings(self) -> set[int]:
        """The requests of this family for this child: a child cannot be at two places."""
        if self.request is None:
            return set()
        same = Request.objects.filter(self.request.same_family(), self.request.same_child())
        return set(same.values_list("pk", flat=True))

    @cached_property
    def _times(self) -> OfferedTimeQuerySet:
        start, end = (moment(day, datetime.min.time(), self.zone) for day in (self.first - DAY, self.last + 2 * DAY))
        times = OfferedTime.objects.taken().filter(starts_at__range=(start, end))
        return times.exclude(request=self.request, status=OfferedTime.Status.OFFERED) if self.request else times

    @cached_property
    def of_clinicians(self) -> dict[tuple[int, date], list[OfferedTime]]:
        """By the day on which it begins."""
        days: dict[tuple[int, date], list[OfferedTime]] = {}
        for time in self._times.filter(clinician__in=self.clinicians).with_child():
            days.setdefault((time.clinician_id, self._day(time.starts_at)), []).append(time)
        return days

    @cached_property
    def of_child(self) -> dict[date, list[OfferedTime]]:
        days: dict[date, list[OfferedTime]] = {}
        for time in self._times.filter(request__in=self._siblings).with_child():
            days.setdefault(self._day(time.starts_at), []).append(time)
        return days

    @cached_property
    def of_rooms(self) -> dict[date, list[tuple[int, datetime, datetime]]]:
        """(room, from, to) by day, whoever has it."""
        days: dict[date, list[tuple[int, datetime, datetime]]] = {}
        taken = self._times.filter(room__in=[room.pk for room in self.rooms]).order_by()
        for room, begins, ends in taken.values_list("room_id", "starts_at", "ends_at"):
            days.setdefault(self._day(begins), []).append((room, begins, ends))
        return days

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


class Hours:
    """The hours of one clinician from the day `first` to the day `last`; for the family of `request`, if there is one.

    Without clinic hours in this department its opening hours count, apart from clinic hours that the clinician has elsewhere.
    """

    def __init__(
        self, wanted: Wanted, first: date, last: date, *, request: Request | None = None, diary: Diary | None = None
    ) -> None:
        self.wanted = wanted
        self.diary = diary or Diary([wanted], first, last, request=request)
        self.zone, self.calendar, self.rooms = self.diary.zone, self.diary.calendar, self.diary.rooms
        self.away = [(row.first_day, row.last_day) for row in wanted.clinician.away.all()]
        clinic = [row for row in self.diary.clinics if row.clinician_id == wanted.clinician.pk]
        self.own = [row for row in clinic if row.department_id == wanted.department.pk]
        self.elsewhere = [row for row in clinic if row.department_id != wanted.department.pk]

    @classmethod
    def around(cls, wanted: Wanted, at: datetime, *, request: Request | None = None) -> "Hours":
        """Of the day of this moment at the place."""
        day = at.astimezone(ZoneInfo(wanted.zone)).date()
        return cls(wanted, day, day, request=request)

    def why_shut(self, day: date) -> str:
        if is_holiday(day):
            return _("Public holiday")
        if day in self.calendar.closed:
            return _("Closed day")
        until = max((last for first, last in self.away if first <= day <= last), default=None)
        if until is None:
            return ""
        return _("Away") if until == day else _("Away until %(day)s") % {"day": time_text.short_day(until)}

    def spans(self, day: date) -> list[Span]:
        """When the clinician meets families there, for such a visit; taken or not."""
        if self.why_shut(day):
            return []
        if not self.own:
            hours = self.calendar.week.get(day.isoweekday(), [])
            zone = self.calendar.zone
            return [Span(moment(day, opens, zone), moment(day, closes, zone)) for opens, closes in sorted(hours)]
        place = self.wanted.location.pk if self.wanted.location else None
        kinds = {ClinicHours.Visits.ANY, ClinicHours.Visits.FOLLOW_UP if self.wanted.is_follow_up else ClinicHours.Visits.NEW}
        rows = [row for row in self.own if row.location_id == place and row.visits in kinds and row.is_on(day)]
        return [Span(moment(day, row.opens, self.zone), moment(day, row.closes, self.zone), row.room) for row in rows]

    def free(self, day: date) -> list[FreeHour]:
        return [free for each in self.spans(day) for free in self._free_within(each)]

    def _free_within(self, clinic: Span) -> Iterator[FreeHour]:
        length, now, starts_at = timedelta(minutes=self.wanted.minutes), timezone.now(), clinic.starts_at
        while (ends_at := starts_at + length) <= clinic.ends_at:
            is_taken = bool(self._taken(starts_at, ends_at)) or self._has_clinic_elsewhere(starts_at, ends_at)
            rooms: list[Room | None] = [clinic.room] if clinic.room else [*self.rooms] or [None]
            kept = self._rooms_taken(starts_at, ends_at)
            left = [room for room in rooms if room is None or room.pk not in kept]
            if starts_at > now and left and not is_taken:
                yield FreeHour(starts_at, left[0], self.wanted.clinician)
            starts_at += STEP

    def of_clinician(self, starts_at: datetime, ends_at: datetime) -> OfferedTime | None:
        """The visit, or held time, that the clinician has then."""
        own = self.wanted.clinician.pk
        return next((time for time in self._taken(starts_at, ends_at) if time.clinician_id == own), None)

    def _has_clinic_elsewhere(self, starts_at: datetime, ends_at: datetime) -> bool:
        day = starts_at.astimezone(self.zone).date()
        rows = [row for row in self.elsewhere if not self.own and row.is_on(day)]
        zone = self.calendar.zone
        return any(moment(day, row.opens, zone) < ends_at and moment(day, row.closes, zone) > starts_at for row in rows)

    def _taken(self, starts_at: datetime, ends_at: datetime) -> list[OfferedTime]:
        """What the clinician has then, or the child."""
        day = starts_at.astimezone(self.zone).date()
        near = [time for each in (day - DAY, day, day + DAY) for time in self._of_day(each)]
        return [time for time in near if time.starts_at < ends_at and time.ends_at > starts_at]

    def _of_day(self, day: date) -> list[OfferedTime]:
        """An hour that the clinician has with this very child stands twice."""
        return self.diary.of_clinicians.get((self.wanted.clinician.pk, day), []) + self.diary.of_child.get(day, [])

    def load(self, day: date) -> int:
        return len(self.diary.of_clinicians.get((self.wanted.clinician.pk, day), []))

    def why_unusual(self, starts_at: datetime, ends_at: datetime) -> str:
        """Why nobody expects a visit then, in words, on the clock of the place; "" within clinic or opening hours."""
        local = starts_at.astimezone(self.zone)
        spans = self.spans(local.date())
        if any(each.starts_at <= starts_at and ends_at <= each.ends_at for each in spans):
            return ""
        words = {"day": time_text.day(local), "who": self.wanted.clinician, "hours": _in_words(spans, self.zone)}
        return self._words_unusual(local.date(), spans) % words

    def _words_unusual(self, day: date, spans: list[Span]) -> str:
        if is_holiday(day):
            return _("%(day)s is a public holiday.")
        if any(first <= day <= last for first, last in self.away):
            return _("%(who)s is away on %(day)s.")
        if day in self.calendar.closed or not (self.own or spans):
            return _("The department is closed on %(day)s.")
        if not spans:
            return _("%(who)s has no such clinic there on %(day)s.")
        if self.own:
            return _("On %(day)s %(who)s has clinic there from %(hours)s.")
        return _("On %(day)s the department is open from %(hours)s.")

    def _rooms_taken(self, starts_at: datetime, ends_at: datetime) -> set[int]:
        day = starts_at.astimezone(self.zone).date()
        near = [row for each in (day - DAY, day) for row in self.diary.of_rooms.get(each, [])]
        return {room for room, begins, ends in near if begins < ends_at and ends > starts_at}


class Team:
    """Several clinicians as one: an hour is free as long as one of them is, and belongs to who has least on that day."""

    def __init__(self, wanted: list[Wanted], first: date, last: date, *, request: Request | None = None) -> None:
        diary = Diary(wanted, first, last, request=request)
        self.members = [Hours(each, first, last, request=request, diary=diary) for each in wanted]
        self.wanted, self.zone, self.is_several = wanted[0], diary.zone, len(wanted) > 1

    @classmethod
    def around(cls, wanted: list[Wanted], at: datetime, *, request: Request | None = None) -> "Team":
        """Of the day of this moment at the place."""
        day = at.astimezone(ZoneInfo(wanted[0].zone)).date()
        return cls(wanted, day, day, request=request)

    def why_shut(self, day: date) -> str:
        why = [member.why_shut(day) for member in self.members]
        return why[0] if all(why) else ""

    def spans(self, day: date) -> list[Span]:
        """When anybody of them meets families; what overlaps is one."""
        merged: list[Span] = []
        for each in sorted((each.starts_at, each.ends_at) for member in self.members for each in member.spans(day)):
            if merged and each[0] <= merged[-1].ends_at:
                merged[-1] = Span(merged[-1].starts_at, max(merged[-1].ends_at, each[1]))
            else:
                merged.append(Span(*each))
        return merged

    def free(self, day: date) -> list[FreeHour]:
        found: dict[datetime, FreeHour] = {}
        for free in self._free_of_each(day):
            found.setdefault(free.starts_at, free)
        return [found[at] for at in sorted(found)]

    def able(self, at: datetime) -> list[FreeHour]:
        """Each who is free then."""
        return [free for free in self._free_of_each(at.astimezone(self.zone).date()) if free.starts_at == at]

    def _free_of_each(self, day: date) -> list[FreeHour]:
        members = sorted(self.members, key=lambda member: member.load(day))
        return [free for member in members for free in member.free(day)]

    def of_clinician(self, starts_at: datetime, ends_at: datetime) -> OfferedTime | None:
        """One of the visits then, if each who has clinic has one."""
        day = starts_at.astimezone(self.zone).date()
        there = [m for m in self.members if any(s.starts_at <= starts_at < s.ends_at for s in m.spans(day))]
        times = [member.of_clinician(starts_at, ends_at) for member in there]
        return times[0] if times and all(times) else None


def _in_words(spans: list[Span], zone: ZoneInfo) -> str:
    """On the clock there: “9 am to noon, 1 pm to 4 pm”."""
    local = [(each.starts_at.astimezone(zone).time(), each.ends_at.astimezone(zone).time()) for each in spans]
    return ", ".join(span(opens, closes) for opens, closes in sorted(local))


def is_wished(local: datetime, wishes: dict[str, Any]) -> bool:
    """Whether a family ticked this half of a day, on the clock of the place; every one suits who ticked none."""
    days, half_day = wishes.get("days"), f"{local.isoweekday()}-{'am' if local.hour < 12 else 'pm'}"
    return (not days or half_day in days) and f"{local:%Y-%m-%d}" >= (wishes.get("earliest") or "")


def why_unlicensed(wanted: Wanted, state: str, starts_at: datetime) -> str:
    """Why the clinician may not treat the child where it will be then, as far as licenses are known; "" if nothing is amiss."""
    there = wanted.location.state if wanted.location else state
    if not there:
        return _("Ask in which state the child will be: %(who)s needs a license there.") % {"who": wanted.clinician}
    day = starts_at.astimezone(ZoneInfo(wanted.zone)).date()
    if wanted.clinician.may_treat_in(there, day, by_video=wanted.location is None):
        return ""
    words = _("%(who)s holds no license in %(state)s that is known for %(day)s.")
    return words % {"who": wanted.clinician, "state": there, "day": time_text.short_day(day)}
