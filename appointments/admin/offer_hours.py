"""Offering by ticking free hours on the case: whom, where and how long are chosen once, a box carries an instant.

Weeks and choices are buttons of the same form, so that what is ticked stays ticked; only *Offer* acts.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Count, prefetch_related_objects
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _, ngettext

from appointments import actions, time_text
from appointments.actions.booking import Slot
from appointments.admin.base import AllTheSame, RequestVerb
from appointments.admin.due_dates import relative
from appointments.admin.slots import MOST, VIDEO, VisitDay, instant, why_doubtful
from appointments.admin.week_grid import Grid, GridMaker, clocks_change
from appointments.business_hours import AHEAD
from appointments.free_hours import DAY, FreeHour, Team, Wanted, is_wished, why_unlicensed
from appointments.models import OfferedTime, Request, VideoRoom
from appointments.models.clinic_hours import monday_of
from appointments.models.request import SEES_ALL
from directory.hours import zone_in_words
from directory.models import Clinician, Location
from foundation.privacy.keys import Unreadable
from foundation.prose.days import FIRST, LAST, Day
from foundation.prose.typed import Link

WEEKS = 6  # shown as buttons, and searched for the first hours that fit
SUGGESTED = 3
ANYONE = "anyone"  # whoever is free first
MOST_TOGETHER = 12  # clinicians whose weeks are laid together
LENGTHS = {30, 60, 90}


class Instants(forms.Field):
    """Moments that boxes carry, in UTC and in order. What was never a box of ours is left out."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[datetime]:
        return sorted({at for each in value or [] if (at := _instant(each))})


def _instant(written: str) -> datetime | None:
    """Of our age, as the days that are typed."""
    try:
        at = parse_datetime(written)
        return at.astimezone(UTC) if at and timezone.is_aware(at) and FIRST < at.year < LAST else None
    except ValueError:
        return None


class ChoiceForm(forms.Form):
    """What the grid shows. What cannot be chosen counts as not given. `shown` is the week on the screen, `week` the one that was pressed."""

    who = forms.ChoiceField(required=False)
    where = forms.ChoiceField(required=False)
    minutes = forms.IntegerField(required=False, min_value=5, max_value=480)
    week = Day(required=False)
    shown = Day(required=False)
    t = Instants(required=False)

    def __init__(self, *args: Any, clinicians: Any, places: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who: Any = self.fields["who"]
        where: Any = self.fields["where"]
        who.choices = [(key, key) for key in (ANYONE, *(str(row.pk) for row in clinicians))]
        where.choices = [(key, key) for key in places]
        self.full_clean()


@dataclass(frozen=True)
class Choice:
    """What is chosen: of what was sent, else what fits the request. Several `clinicians`: whoever is free first."""

    clinicians: list[Clinician]
    where: str
    location: Location | None
    minutes: int
    week: date | None
    ticked: list[datetime]

    @property
    def who(self) -> str:
        return ANYONE if len(self.clinicians) > 1 else "".join(str(row.pk) for row in self.clinicians)


def _least_busy(wanted: list[Wanted]) -> list[Clinician]:
    """Of very many the `MOST_TOGETHER` with the fewest visits ahead, in their order: each one's weeks take a while.

    Whoever has no clinic in the next weeks, as somebody who is away for long, has few visits and no hours.
    """
    if len(wanted) <= MOST_TOGETHER:
        return [each.clinician for each in wanted]
    today = timezone.localdate()
    days = [today + number * DAY for number in range(WEEKS * 7)]
    members = Team(wanted, days[0], days[-1]).members
    there = [each.wanted.clinician for each in members if any(map(each.spans, days))] or [each.clinician for each in wanted]
    ahead = OfferedTime.objects.standing().filter(clinician__in=there).order_by()
    visits = Counter(dict(ahead.values_list("clinician").annotate(Count("pk"))))
    least = {row.pk for row in sorted(there, key=lambda row: visits[row.pk])[:MOST_TOGETHER]}
    return [row for row in there if row.pk in least]


class OfferHours(RequestVerb):
    """Its page is the case itself."""

    name = "hours"
    label = _("Offer the ticked times")
    action = staticmethod(actions.offer)

    day = VisitDay(label=_("Day"), required=False)
    time = forms.TimeField(label=_("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    video_link = Link(label=_("Video link"), required=False, assume_scheme="https")
    anyway = forms.CharField(label=_("Offer all the same"), required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None, *, obj: Request, **kwargs: Any) -> None:
        super().__init__(data, files, obj=obj, **kwargs)
        self.department = obj.department
        prefetch_related_objects([self.department], "locations__rooms", "hours")  # its clock and places are asked for often
        self.clinicians = list(self.department.clinicians.prefetch_related("licenses", "away"))
        self.places: dict[str, Location | None] = {f"place-{row.pk}": row for row in self.department.locations.all()}
        if self.department.virtual:
            self.places[VIDEO] = None
        self.choice = self._choose(data)
        if self.is_bound and "go" not in self.data:  # another week is only looked at; what was typed stays
            self.is_bound = False
            self.initial = {name: self.data[name] for name in ("day", "time", "video_link") if name in self.data}

    @classmethod
    def possible(cls, request: Any, obj: Request) -> bool:
        return False

    # --- what is shown ------------------------------------------------------------------------------------------------

    def _choose(self, data: Any) -> Choice:
        sent = ChoiceForm(data or {}, clinicians=self.clinicians, places=self.places).cleaned_data
        where = sent.get("where") or self._usual_place()
        location = self.places.get(where)
        usual = self.department.minutes_follow_up if self._is_follow_up else self.department.minutes_new
        minutes = sent.get("minutes") or usual
        clinicians = self._chosen_clinicians(sent.get("who") or "", location, minutes)
        week = sent.get("week") or sent.get("shown")
        return Choice(clinicians, where, location, minutes, week, sent.get("t") or [])

    @property
    def _is_follow_up(self) -> bool:
        return self.obj.visit == Request.Visit.FOLLOW_UP

    def _usual_place(self) -> str:
        """Where the family would like to meet, if that can be; else where most of the clinicians may treat."""
        wished = VIDEO if self.obj.mode == Request.Mode.VIRTUAL else f"place-{self.obj.location_id}"
        return wished if wished in self.places else max(self.places, key=self._licensed_at, default="")

    def _licensed_at(self, key: str) -> int:
        place, today = self.places[key], timezone.localdate()
        return sum(row.may_treat_in(place.state, today, by_video=False) for row in self.clinicians) if place else 0

    def _chosen_clinicians(self, who: str, location: Location | None, minutes: int) -> list[Clinician]:
        """Whom the family met, or was offered, last, if nobody is chosen; else whoever may treat the child there."""
        last = self.obj.times.order_by("-pk").values_list("clinician", flat=True).first()
        wanted = who or str(last)
        if one := [row for row in self.clinicians if str(row.pk) == wanted]:
            return one
        state, today = location.state if location else self.obj.state, timezone.localdate()
        able = [row for row in self.clinicians if row.may_treat_in(state, today, by_video=location is None)]
        return _least_busy(self._wanted_of(able or self.clinicians, location, minutes))

    def _wanted_of(self, people: list[Clinician], location: Location | None, minutes: int) -> list[Wanted]:
        return [Wanted(who, self.department, location, minutes, self._is_follow_up) for who in people]

    @cached_property
    def wanted(self) -> list[Wanted]:
        """Empty where a department has no clinician, or no place."""
        choice, people = self.choice, self.choice.clinicians if self.choice.where else []
        return self._wanted_of(people, choice.location, choice.minutes)

    @cached_property
    def monday(self) -> date:
        """Of the week that is shown: the chosen one, else that of the first hour that fits. Within what can be planned."""
        today = timezone.localdate()
        week = self.choice.week or (self._fitting[0].starts_at.astimezone(self.hours.zone).date() if self._fitting else today)
        return monday_of(min(max(week, today), today + AHEAD))

    @cached_property
    def _first(self) -> date:
        """The first of the weeks that stand as buttons: this one, or the one that was chosen beyond those."""
        this = monday_of(timezone.localdate())
        week = monday_of(min(max(self.choice.week or this, this), this + AHEAD))
        return this if (week - this).days < WEEKS * 7 else week

    @cached_property
    def hours(self) -> Team:
        assert self.wanted  # noqa: S101  asked by the template too
        return Team(self.wanted, self._first, self._first + WEEKS * 7 * DAY, request=self.obj)

    @cached_property
    def free(self) -> dict[date, list[FreeHour]]:
        return {day: self.hours.free(day) for number in range(WEEKS * 7) for day in [self._first + number * DAY]}

    @cached_property
    def _wishes(self) -> dict[str, Any]:
        try:
            return self.obj.read("wishes")
        except Unreadable:
            return {}

    def fits(self, at: datetime) -> bool:
        return is_wished(at.astimezone(self.hours.zone), self._wishes)

    @cached_property
    def _fitting(self) -> list[FreeHour]:
        """From tomorrow on."""
        tomorrow = timezone.localdate() + DAY
        return [free for day, hours in self.free.items() if day >= tomorrow for free in hours if self.fits(free.starts_at)]

    @cached_property
    def suggested(self) -> list[tuple[str, str]]:
        """(instant, words) of the first hours that fit, of different days where there are enough."""
        by_day: dict[date, FreeHour] = {}
        for free in self._fitting:
            by_day.setdefault(free.starts_at.astimezone(self.hours.zone).date(), free)
        chosen = list(by_day.values())[:SUGGESTED]
        chosen += [free for free in self._fitting if free not in chosen][: SUGGESTED - len(chosen)]
        return [(free.starts_at.isoformat(), self._in_words(free)) for free in sorted(chosen, key=lambda free: free.starts_at)]

    def _in_words(self, free: FreeHour) -> str:
        when = time_text.short(free.starts_at, self.hours.wanted.zone)
        return f"{when}, {free.clinician}" if len(self.wanted) > 1 else when

    @property
    def weeks(self) -> list[tuple[date, int, str]]:
        """(Monday, number of free hours, days that are closed) of each button."""
        mondays = [self._first + number * 7 * DAY for number in range(WEEKS)]
        return [
            (monday, sum(len(self.free[monday + day * DAY]) for day in range(7)), self._shut(monday)) for monday in mondays
        ]

    def _shut(self, monday: date) -> str:
        days = [day for day in (monday + number * DAY for number in range(5)) if self.hours.why_shut(day)]
        return ", ".join(date_format(day, "D") for day in days)

    @property
    def earlier(self) -> date | None:
        return self._first - WEEKS * 7 * DAY if self._first > monday_of(timezone.localdate()) else None

    @property
    def later(self) -> date:
        return self._first + WEEKS * 7 * DAY

    @cached_property
    def grid(self) -> Grid:
        maker = GridMaker(self.hours, fits=self.fits, sees=_who_is_seen(self.by), ticked=self.choice.ticked)
        return maker.make(self.monday, self.free)

    @cached_property
    def kept(self) -> list[tuple[str, str]]:
        """(instant, words) of ticks that the table does not show."""
        shown = {cell.value for row in self.grid.rows for cell in row.cells}
        others = [at for at in self.choice.ticked if at.isoformat() not in shown]
        return [(at.isoformat(), time_text.short(at, self.hours.wanted.zone)) for at in others]

    @property
    def people(self) -> list[tuple[str, Any]]:
        """(key, name) of whom one can choose."""
        anyone = [(ANYONE, _("Whoever is free first"))] if len(self.clinicians) > 1 else []
        return anyone + [(str(row.pk), row) for row in self.clinicians]

    @property
    def who(self) -> Any:
        return _("whoever is free first") if len(self.wanted) > 1 else self.wanted[0].clinician

    @property
    def lengths(self) -> list[int]:
        return sorted({*LENGTHS, self.department.minutes_new, self.department.minutes_follow_up, self.choice.minutes})

    @property
    def zone(self) -> str:
        return zone_in_words(self.hours.wanted.zone)

    @property
    def clocks_change(self) -> date | None:
        return clocks_change(self.monday, self.hours)

    @property
    def unlicensed(self) -> str:
        """In the week that is shown; of all that are shown none has a license then."""
        at = datetime.combine(self.monday, datetime.min.time(), self.hours.zone)
        return why_unlicensed(self.hours.wanted, self.obj.state, at)

    @property
    def most(self) -> int:
        return MOST

    # --- what is offered ----------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if not self.wanted:
            raise forms.ValidationError(_("Nobody of this department could be met: type the times."), "nobody")
        starts = [*self.choice.ticked, *self._typed(answers)]
        if not self.errors and not 1 <= len(starts) <= MOST:
            raise forms.ValidationError(_("Tick at least one time, and at most five."), "number")
        slots: list[Slot] = []
        for at in starts:
            slots.append(self._slot(at, answers.get("video_link") or "", slots))
        if any(slot.location is None and not slot.video_link for slot in slots):
            self.add_error("video_link", _("Enter the link with which the family joins."))
        self._ask_back(slots, answers)
        return answers | {"slots": slots}

    def _typed(self, answers: dict[str, Any]) -> list[datetime]:
        """The time that was typed beside the boxes."""
        day, clock = answers.get("day"), answers.get("time")
        if not (day and clock):
            if day or clock:
                self.add_error("time" if day else "day", _("Enter the day and the time."))
            return []
        try:
            return [instant(day, clock, self.hours.wanted.zone).astimezone(UTC)]
        except forms.ValidationError as error:
            self.add_error("time", error)
            return []

    def _slot(self, at: datetime, video_link: str, others: list[Slot]) -> Slot:
        """With who is free then, and in a room that is free then, where there are rooms; nobody twice at a time."""
        ends_at = at + timedelta(minutes=self.choice.minutes)
        team = Team.around(self.wanted, at, request=self.obj)
        busy = {slot.clinician for slot in others if slot.starts_at < ends_at and slot.ends_at > at}
        able = [free for free in team.able(at) if free.clinician not in busy]
        free = next(iter(able), FreeHour(at, None, self.wanted[0].clinician))
        link = "" if self.choice.location else video_link or VideoRoom.link_of(free.clinician)
        return Slot(free.clinician, at, ends_at, team.wanted.zone, self.choice.location, free.room, link)

    def _ask_back(self, slots: list[Slot], answers: dict[str, Any]) -> None:
        """Shows one box for all that is unusual, and insists on it."""
        asked = {each.clinician: each for each in self.wanted}
        doubts = {
            slot.starts_at.isoformat(): why for slot in slots if (why := why_doubtful(self.obj, asked[slot.clinician], slot))
        }
        if not doubts or self.errors:
            return
        meant = " ".join([*doubts, *(str(slot.clinician.pk) for slot in slots)])
        self.fields["anyway"].widget = AllTheSame(meant)
        if answers.get("anyway") != meant:
            words = _("%(why)s Tick the box if you mean it, or choose other times.")
            why = " ".join(dict.fromkeys(doubts.values()))
            self.add_error("anyway", forms.ValidationError(words % {"why": why}, "unusual"))

    def act(self) -> str:
        times = self.call(slots=self.cleaned_data["slots"], seen=self.cleaned_data["seen"])
        words = ngettext("Offered: %(count)d time.", "Offered: %(count)d times.", len(times)) % {"count": len(times)}
        return f"{words} " + str(_("Held for the family until %(when)s.") % {"when": relative(times[0].expires_at)})


def _who_is_seen(user: User) -> Callable[[OfferedTime], bool]:
    """Whose initials somebody may read: of families of their own departments."""
    if user.has_perm(SEES_ALL):
        return lambda time: True
    own = set(user.coordinated_departments.values_list("pk", flat=True))
    return lambda time: time.request.department_id in own
