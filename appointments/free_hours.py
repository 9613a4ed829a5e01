"""Free hours of a clinician: clinic hours, or the department's opening hours, minus days away, closed days, holidays, holds and visits.

Asked anew each time with the same few queries, whatever the number of visits; nothing is stored. `hold` still refuses what
was taken meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import time_text
from appointments.business_hours import usual_calendar
from appointments.models import ClinicHours, OfferedTime, Request
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


class Hours:
    """The hours of one clinician from the day `first` to the day `last`; for the family of `request`, if there is one.

    Without clinic hours in this department its opening hours count, apart from clinic hours that the clinician has elsewhere.
    """

    def __init__(self, wanted: Wanted, first: date, last: date, *, request: Request | None = None) -> None:
        self.wanted, self.first, self.last, self.request = wanted, first, last, request
        self.zone = ZoneInfo(wanted.zone)
        self.calendar = usual_calendar(wanted.department, first)
        self.away = [(row.first_day, row.last_day) for row in wanted.clinician.away.all()]
        self.rooms: list[Room] = list(wanted.location.rooms.all()) if wanted.location else []
        clinic = list(ClinicHours.objects.filter(clinician=wanted.clinician).select_related("room"))
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
            taken = self._taken(starts_at, ends_at)
            rooms: list[Room | None] = [clinic.room] if clinic.room else [*self.rooms] or [None]
            kept = {time.room_id for time in taken}
            room = next(([room] for room in rooms if room is None or room.pk not in kept), None)
            if (
                starts_at > now
                and room
                and not any(map(self._blocks, taken))
                and not self._has_clinic_elsewhere(starts_at, ends_at)
            ):
                yield FreeHour(starts_at, room[0])
            starts_at += STEP

    def of_clinician(self, starts_at: datetime, ends_at: datetime) -> OfferedTime | None:
        """The visit, or held time, that the clinician has then."""
        own = self.wanted.clinician.pk
        return next((time for time in self._taken(starts_at, ends_at) if time.clinician_id == own), None)

    def _blocks(self, time: OfferedTime) -> bool:
        """Whether it is the clinician's, or the child's own; not if it only takes a room."""
        return time.clinician_id == self.wanted.clinician.pk or time.request_id in self._siblings

    def _has_clinic_elsewhere(self, starts_at: datetime, ends_at: datetime) -> bool:
        day = starts_at.astimezone(self.zone).date()
        rows = [row for row in self.elsewhere if not self.own and row.is_on(day)]
        zone = self.calendar.zone
        return any(moment(day, row.opens, zone) < ends_at and moment(day, row.closes, zone) > starts_at for row in rows)

    def _taken(self, starts_at: datetime, ends_at: datetime) -> list[OfferedTime]:
        day = starts_at.astimezone(self.zone).date()
        near = [time for each in (day - DAY, day, day + DAY) for time in self._by_day.get(each, [])]
        return [time for time in near if time.starts_at < ends_at and time.ends_at > starts_at]

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

    @cached_property
    def _siblings(self) -> set[int]:
        """The requests of this family for this child: a child cannot be at two places."""
        if self.request is None:
            return set()
        same = Request.objects.filter(self.request.same_family(), self.request.same_child())
        return set(same.values_list("pk", flat=True))

    @cached_property
    def _by_day(self) -> dict[date, list[OfferedTime]]:
        """What is taken, by the day on which it begins; what is offered to this very family is free again for another offer."""
        start, end = (moment(day, datetime.min.time(), self.zone) for day in (self.first - DAY, self.last + 2 * DAY))
        times = OfferedTime.objects.taken().filter(starts_at__range=(start, end)).with_child()
        if self.request:
            times = times.exclude(request=self.request, status=OfferedTime.Status.OFFERED)
        whose = [
            Q(clinician=self.wanted.clinician),
            Q(room__in=[room.pk for room in self.rooms]),
            Q(request__in=self._siblings),
        ]
        found = {time.pk: time for each in whose for time in times.filter(each)}  # one by one, each has its index
        days: dict[date, list[OfferedTime]] = {}
        for time in found.values():
            days.setdefault(time.starts_at.astimezone(self.zone).date(), []).append(time)
        return days


def _in_words(spans: list[Span], zone: ZoneInfo) -> str:
    """On the clock there: “9 am to noon, 1 pm to 4 pm”."""
    local = [(each.starts_at.astimezone(zone).time(), each.ends_at.astimezone(zone).time()) for each in spans]
    return ", ".join(span(opens, closes) for opens, closes in sorted(local))


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
