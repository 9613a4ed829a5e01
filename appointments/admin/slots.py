"""Times that staff type: with whom, where, which day, from when, how long; on the clock of the place."""

from datetime import UTC, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import status_text
from appointments.actions.booking import Slot
from appointments.admin.forms import VerbForm, instant
from appointments.clock import check_ahead, why_unusual
from appointments.models import OfferedTime, Request
from directory.hours import zone_in_words
from directory.models import Clinician, Location, Room
from foundation.prose.boxes import Link
from foundation.prose.days import Day

VIDEO = "video"
MOST = 5


class VisitDay(Day):
    """A day on which a visit may be planned."""

    default_validators = [check_ahead]


class AllTheSame(forms.CheckboxInput):
    """A box that stands for one moment: ticked for another, it is not ticked for this one."""

    def __init__(self, moment: str) -> None:
        self.moment = moment
        super().__init__(check_test=lambda value: value == moment)

    def format_value(self, value: Any) -> str:
        """The moment it is ticked for."""
        return self.moment

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The moment it was ticked for, if it was."""
        return data.get(name)


class SlotForm(forms.Form):
    """One time. `slot` holds it once the form is checked; an untouched form has none.

    A time at which nobody expects a visit is asked back: `anyway` is shown then.
    """

    slot: Slot | None = None
    all_the_same: Any = gettext_lazy("Offer it all the same")

    clinician = forms.ModelChoiceField(Clinician.objects.none(), label=gettext_lazy("With"))
    where = forms.ChoiceField(label=gettext_lazy("Where"))
    video_link = Link(
        label=gettext_lazy("Video link"),
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("For a visit by video."),
    )
    day = VisitDay(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    time = forms.TimeField(label=gettext_lazy("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=5, max_value=480, initial=60)
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
        """Makes the slot, in UTC."""
        answers = super().clean() or {}
        if answers and not self.errors:
            self._check_video(answers)
        if answers and not self.errors:
            self._make(answers)
        return answers

    def _make(self, answers: dict[str, Any]) -> None:
        location, room = self.places.found(answers["where"])
        zone = location.time_zone if location else self.row.department.time_zone
        try:
            starts_at = instant(answers["day"], answers["time"], zone).astimezone(UTC)
        except forms.ValidationError as error:
            self.add_error("time", error)
            return
        ends_at = starts_at + timedelta(minutes=answers["minutes"])
        self.slot = Slot(answers["clinician"], starts_at, ends_at, zone, location, room, answers["video_link"])
        self._ask_back(self.slot, answers)

    def _ask_back(self, slot: Slot, answers: dict[str, Any]) -> None:
        """Shows the box for a holiday, a closed day and the night, and insists on it."""
        why, moment = why_unusual(self.row.department, slot.starts_at, slot.ends_at), slot.starts_at.isoformat()
        if not why:
            return
        self.fields["anyway"].widget = AllTheSame(moment)
        if answers["anyway"] != moment:
            told = _("%(why)s Tick the box if you mean this time, or choose another.")
            self.add_error("anyway", forms.ValidationError(told % {"why": why}, "unusual"))

    def _check_video(self, answers: dict[str, Any]) -> None:
        if answers["where"] != VIDEO:
            if answers["video_link"]:
                self.add_error("video_link", _("Leave this empty, or choose “By video”."))
            return
        if not answers["video_link"]:
            self.add_error("video_link", _("Enter the link with which the family joins."))
        states = self.row.department.states
        if self.row.state and self.row.state not in states:
            told = _("The child will be in %(state)s. We may see children by video in: %(states)s.")
            self.add_error("where", told % {"state": self.row.state, "states": ", ".join(states) or "–"})


class Places:
    """What a department's times can be: with whom and where. One query each, for any number of forms."""

    def __init__(self, row: Request) -> None:
        self.clinicians = Clinician.objects.filter(departments=row.department)
        first: list[Any] = list(self.clinicians[:2])
        self.only_clinician = first[0] if len(first) == 1 else None
        self._places: dict[str, tuple[Location | None, Room | None]] = {VIDEO: (None, None)}
        self.choices: list[tuple[str, Any]] = [("", "---------")]
        for location in row.department.locations.prefetch_related("rooms"):
            own: dict[str, tuple[Location, Room | None]] = {f"place-{location.pk}": (location, None)}
            own |= {f"room-{room.pk}": (location, room) for room in location.rooms.all()}
            self._places |= own
            named = [(key, room.name if room else _("no room yet")) for key, (_place, room) in own.items()]
            self.choices.append((f"{location} ({zone_in_words(location.time_zone)})", named))
        if row.department.virtual:
            self.choices.append((VIDEO, _("By video (%(zone)s)") % {"zone": zone_in_words(row.department.time_zone)}))

    def found(self, key: str) -> tuple[Location | None, Room | None]:
        """The location and the room of a choice."""
        return self._places[key]


class OfferForm(VerbForm):
    """Several times at once; untouched ones are left out."""

    def __init__(self, data: Any = None, *, row: Request, **kwargs: Any) -> None:
        super().__init__(data, row=row, **kwargs)
        made: Any = forms.formset_factory(SlotForm, extra=2, min_num=1, max_num=MOST, absolute_max=MOST, validate_min=True)
        self.times = made(data, prefix="time", form_kwargs={"row": row, "places": Places(row)}, error_messages=SAY)

    def clean(self) -> dict[str, Any]:
        """With the slots that were filled in. What is wrong stands at each time, and above them that something is."""
        answers = super().clean() or {}
        if not self.times.is_valid():
            told = _("Look at the times below: one of them is not complete.")
            if all(form.errors.keys() <= {"anyway"} for form in self.times):
                told = _("Look at the times below: one of them is outside the usual hours.")
            raise forms.ValidationError(told, "times")
        return answers | {"slots": [form.slot for form in self.times if form.slot]}


SAY = {"too_few_forms": gettext_lazy("Add at least one time.")}


class ConfirmForm(SlotForm):
    """A time that is on offer, or another one."""

    all_the_same = gettext_lazy("Confirm it all the same")
    held = forms.ModelChoiceField(
        OfferedTime.objects.none(),
        label=gettext_lazy("Time"),
        required=False,
        empty_label=gettext_lazy("Another time, written below"),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ["held"]

    def __init__(self, data: Any = None, *, row: Request, by: Any, initial: Any = None) -> None:
        super().__init__(data, initial=initial, row=row, places=Places(row))
        held: Any = self.fields["held"]
        held.queryset = row.times.on_offer().select_related("clinician", "location", "room")
        held.label_from_instance = in_line
        held.initial = held.queryset.first()
        if self.data.get("held"):  # then nothing else is needed
            for name in SlotForm.base_fields:
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """With the slot of the held time, or of what was typed."""
        held = self.cleaned_data.get("held")
        if held is None:
            return super().clean() | {"slot": self.slot}
        return self.cleaned_data | {"slot": Slot.of(held)}


def in_line(time: OfferedTime) -> str:
    """When, with whom, where."""
    return f"{status_text.when(time)}, {time.clinician}, {time.room or time.location or status_text.place(time)}"
