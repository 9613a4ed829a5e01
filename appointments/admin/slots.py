"""Times that staff type: with whom, where, which day, from when, how long; on the clock of the place."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments import actions, status_text
from appointments.actions.booking import Slot
from appointments.admin.base import AllTheSame, RequestVerb
from appointments.admin.due_dates import relative
from appointments.business_hours import check_ahead
from appointments.free_hours import Hours, Wanted, why_unlicensed
from appointments.models import OfferedTime, Request, VideoRoom
from directory.hours import zone_in_words
from directory.models import Clinician, Location, Room
from foundation.prose.days import Day
from foundation.prose.typed import Link

VIDEO = "video"
MOST = 5


class VisitDay(Day):
    default_validators = [check_ahead]


class SlotForm(forms.Form):
    """One time. `slot` holds it once the form is checked; an untouched form has none.

    A time at which nobody expects a visit is asked back: `anyway` is shown then.
    """

    slot: Slot | None = None
    all_the_same: Any = _("Offer it all the same")

    clinician = forms.ModelChoiceField(Clinician.objects.none(), label=_("With"))
    where = forms.ChoiceField(label=_("Where"))
    video_link = Link(
        label=_("Video link"),
        required=False,
        assume_scheme="https",
        help_text=_("For a visit by video. Empty: the standing link of the clinician, if there is one."),
    )
    day = VisitDay(label=_("Day"))
    time = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=480, initial=60)
    anyway = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: Request, places: "Places", **kwargs: Any) -> None:
        self.row, self.places = row, places
        super().__init__(*args, **kwargs)
        clinician: Any = self.fields["clinician"]
        where: Any = self.fields["where"]
        clinician.queryset = places.clinicians
        clinician.initial = places.only_clinician
        where.choices = places.choices
        self.fields["anyway"].label = self.all_the_same

    def has_changed(self) -> bool:
        """With whom and how long is filled in from the start; that alone makes no time."""
        return bool({"where", "video_link", "day", "time"} & set(self.changed_data))

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers and not self.errors:
            self._check_video(answers)
        if answers and not self.errors:
            self._make_slot(answers)
        return answers

    def _make_slot(self, answers: dict[str, Any]) -> None:
        location, room = self.places.places[answers["where"]]
        wanted = self.wanted(answers["clinician"], location, answers["minutes"])
        try:
            starts_at = instant(answers["day"], answers["time"], wanted.zone).astimezone(UTC)
        except forms.ValidationError as error:
            self.add_error("time", error)
            return
        ends_at = starts_at + timedelta(minutes=answers["minutes"])
        self.slot = Slot(wanted.clinician, starts_at, ends_at, wanted.zone, location, room, answers["video_link"])
        self._insist(why_doubtful(self.row, wanted, self.slot))

    def wanted(self, clinician: Clinician, location: Location | None, minutes: int) -> Wanted:
        return Wanted(clinician, self.row.department, location, minutes, self.row.visit == Request.Visit.FOLLOW_UP)

    def _insist(self, why: str) -> None:
        """Shows the box for a holiday, a closed day, the night, a missing license, and insists on it."""
        if not why or not self.slot:
            return
        moment = self.slot.starts_at.isoformat()
        self.fields["anyway"].widget = AllTheSame(moment)
        if self.cleaned_data["anyway"] != moment:
            words = _("%(why)s Tick the box if you mean this time, or choose another.")
            self.add_error("anyway", forms.ValidationError(words % {"why": why}, "unusual"))

    def _check_video(self, answers: dict[str, Any]) -> None:
        if answers["where"] != VIDEO:
            if answers["video_link"]:
                self.add_error("video_link", _("Leave this empty, or choose “By video”."))
            return
        answers["video_link"] = answers["video_link"] or VideoRoom.link_of(answers["clinician"])
        if not answers["video_link"]:
            self.add_error("video_link", _("Enter the link with which the family joins."))


def why_doubtful(row: Request, wanted: Wanted, slot: Slot) -> str:
    """In sentences, why this time is asked back; "" for one that is as usual."""
    unusual = Hours.around(wanted, slot.starts_at).why_unusual(slot.starts_at, slot.ends_at)
    return " ".join(why for why in (unusual, why_unlicensed(wanted, row.state, slot.starts_at)) if why)


def instant(day: date, clock_time: time, zone: str) -> datetime:
    """The moment when the clocks of `zone` show this. Raises ValidationError where they show it never, or twice."""
    moment = datetime.combine(day, clock_time, ZoneInfo(zone))
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        raise forms.ValidationError(_("The clocks change then. Choose another time."), "clocks-change")
    return moment


class Places:
    def __init__(self, row: Request) -> None:
        self.clinicians = Clinician.objects.filter(departments=row.department)
        first: list[Any] = list(self.clinicians[:2])
        self.only_clinician = first[0] if len(first) == 1 else None
        self.places: dict[str, tuple[Location | None, Room | None]] = {VIDEO: (None, None)}
        self.choices: list[tuple[str, Any]] = [("", "---------")]
        for location in row.department.locations.prefetch_related("rooms"):
            rooms = {f"place-{location.pk}": None, **{f"room-{room.pk}": room for room in location.rooms.all()}}
            self.places |= {key: (location, room) for key, room in rooms.items()}
            options = [(key, room.name if room else _("no room yet")) for key, room in rooms.items()]
            self.choices.append((f"{location} ({zone_in_words(location.time_zone)})", options))
        if row.department.virtual:
            self.choices.append((VIDEO, _("By video (%(zone)s)") % {"zone": zone_in_words(row.department.time_zone)}))


class Offer(RequestVerb):
    name = "offer"
    label = _("Type times to offer")
    explain = _("They are held for the family. Times offered before are free again.")
    action = staticmethod(actions.offer)
    reads_wishes = True

    def __init__(self, data: Any = None, files: Any = None, *, obj: Request, **kwargs: Any) -> None:
        super().__init__(data, files, obj=obj, **kwargs)
        factory: Any = forms.formset_factory(SlotForm, extra=2, min_num=1, max_num=MOST, absolute_max=MOST, validate_min=True)
        messages = {"too_few_forms": _("Add at least one time.")}
        self.times = factory(data, prefix="time", form_kwargs={"row": obj, "places": Places(obj)}, error_messages=messages)

    def clean(self) -> dict[str, Any]:
        """With the slots that were filled in. What is wrong stands at each time, and above them that something is."""
        answers = super().clean() or {}
        if not self.times.is_valid():
            words = _("Look at the times below: one of them is not complete.")
            if all(form.errors.keys() <= {"anyway"} for form in self.times):
                words = _("Look at the times below: one of them is outside the usual hours.")
            raise forms.ValidationError(words, "times")
        return answers | {"slots": [form.slot for form in self.times if form.slot]}

    def act(self) -> str:
        times = self.call()
        words = _("Offered: %(count)d. Held for the family until %(when)s.")
        return words % {"count": len(times), "when": relative(times[0].expires_at)}


class Confirm(RequestVerb, SlotForm):
    name = "confirm"
    label = _("Confirm by phone")
    explain = _("The family said yes on the phone. Every other time is free again.")
    action = staticmethod(actions.confirm_by_phone)
    reads_wishes = True
    all_the_same = _("Confirm it all the same")

    held = forms.ModelChoiceField(
        OfferedTime.objects.none(), label=_("Time"), required=False, empty_label=_("Another time, written below")
    )
    field_order = ["held"]

    def __init__(self, *args: Any, obj: Request, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, row=obj, places=Places(obj), **kwargs)
        held: Any = self.fields["held"]
        held.queryset = obj.times.on_offer().select_related("clinician", "location", "room")
        held.label_from_instance = in_line
        held.initial = held.queryset.first()
        if self.data.get("held"):  # then nothing else is needed
            for name in SlotForm.base_fields:
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """One of the held times was meant when it was offered; a license may have ended since."""
        if held := self.cleaned_data.get("held"):
            self.slot = Slot.of(held)
            self._insist(why_unlicensed(self.wanted(held.clinician, held.location, 0), self.row.state, held.starts_at))
            return self.cleaned_data
        return super().clean()

    def act(self) -> str:
        visit = self.call(slot=self.slot, seen=self.cleaned_data["seen"])
        return _("Confirmed: %(time)s.") % {"time": in_line(visit)}


def in_line(time: OfferedTime) -> str:
    return f"{status_text.when(time)}, {time.clinician}, {time.room or time.location or status_text.place(time)}"
