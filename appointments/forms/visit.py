"""What the visit is about, with whom and how."""

from operator import itemgetter
from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.forms.base import StepForm
from appointments.forms.fields import Listed, Name, Named, OneOf, Select, Words
from appointments.models import Request
from appointments.offer import Offer
from appointments.wishes import ELSEWHERE, Interpreter
from directory.states import STATES

NOTE = 500  # characters
WRITTEN_IN = "en"  # names of departments have no other language
Mode = Request.Mode


def _states() -> list[tuple[str, str]]:
    """Code and name, in the order of the names in the language that is active."""
    return sorted(((code, str(name)) for code, name in STATES.items()), key=itemgetter(1))


class Visit(StepForm):
    """The visit. Which department answers is settled here: the one chosen, else one that treats the condition."""

    summary = {
        "condition": gettext_lazy("About"),
        "department": gettext_lazy("Department"),
        "visit": gettext_lazy("Kind of visit"),
        "mode": gettext_lazy("How to meet"),
        "state": gettext_lazy("State during a video visit"),
        "interpreter": gettext_lazy("Interpreter"),
        "language": gettext_lazy("Language"),
        "referring_doctor": gettext_lazy("Referring doctor"),
        "note": gettext_lazy("Note"),
    }
    sometimes = {"state", "language"}
    unmarked = {"condition", "department"}
    title = gettext_lazy("About the visit")
    layout = Layout(
        "condition",
        "department",
        "visit",
        Div("mode", Div("state", css_class="if-video"), css_class="asks"),
        Div("interpreter", Div("language", css_class="if-spoken"), css_class="asks"),
        "referring_doctor",
        "note",
    )

    condition = Listed([], widget=Select, label=gettext_lazy("What is the visit about?"))
    department = Listed([], widget=Select, label=gettext_lazy("Which department?"))
    visit = OneOf(Request.Visit, label=gettext_lazy("What kind of visit?"), empty=gettext_lazy("Select the kind of visit"))
    mode = OneOf(
        Mode, label=gettext_lazy("How would you like to meet us?"), empty=gettext_lazy("Select how you would like to meet us")
    )
    state = OneOf(
        lambda: [("", "–"), *_states(), (ELSEWHERE, _("Outside the United States"))],
        widget=forms.Select,
        label=gettext_lazy("Where will your child be during a video visit?"),
        help_text=gettext_lazy("The state. Our clinicians need a license there. For a visit in person, leave this empty."),
    )
    interpreter = OneOf(
        Interpreter,
        label=gettext_lazy("Do you need an interpreter?"),
        help_text=gettext_lazy("Interpreters are free. Your child does not have to interpret."),
        empty=gettext_lazy("Select whether you need an interpreter"),
    )
    language = Words(label=gettext_lazy("Which language?"), max_length=60)
    referring_doctor = Name(label=gettext_lazy("Doctor who sends you to us"))
    note = Words(
        label=gettext_lazy("Anything we should know before we call?"),
        help_text=gettext_lazy("In a few words, up to 500 characters. The details can wait until we talk."),
        max_length=NOTE,
        widget=forms.Textarea,
        attrs={"rows": 4},
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.offer = Offer()
        for name, choices, look_up in (
            ("condition", self._condition_choices, self.offer.condition),
            ("department", self._department_choices, self.offer.department),
        ):
            field: Any = self.fields[name]
            field.choices, field.is_known = choices, look_up
        if self.for_oneself:
            self.fields["state"].label = _("Where will you be during a video visit?")
            self.fields["interpreter"].help_text = _("Interpreters are free.")

    def _condition_choices(self) -> list[tuple[str, Any]]:
        known = ((slug, Named(row.name, row.name_language)) for slug, row in self.offer.conditions.items())
        return [("", _("Something else, or not sure yet")), *known]

    def _department_choices(self) -> list[tuple[str, Any]]:
        fitting = self.offer.treating(self["condition"].value() or "")
        others = [row for row in self.offer.departments if row not in fitting]
        groups = [(_("Treat this condition"), fitting), (_("Others"), others)] if fitting else [("", others)]
        choices: list[tuple[str, Any]] = [("", _("Not sure. Choose for us"))]
        for label, rows in groups:
            listed = [(row.slug, Named(row.name, WRITTEN_IN)) for row in rows]
            choices += [(label, listed)] if label else listed
        return choices

    def clean(self) -> dict[str, Any]:
        """Settles `place`, the department that answers; a state without a license leads away, if nothing else is wrong."""
        given = self.cleaned_data
        video = given.get("mode") in {Mode.VIRTUAL, Mode.EITHER}
        if given.get("interpreter") != Interpreter.SPOKEN:
            given["language"] = ""
        elif given.get("language") == "":
            self.add_error("language", forms.ValidationError(_("Enter the language you speak"), "required"))
        if not video:
            given["state"] = ""
        elif given.get("state") == "":
            self.add_error("state", forms.ValidationError(_("Select the state for a video visit"), "required"))
        if not {"condition", "department", "mode", "state"} & self.errors.keys():
            self._settle(video=video)
        return given

    def _settle(self, *, video: bool) -> None:
        given = self.cleaned_data
        self.candidates = self.offer.candidates(condition=given["condition"], department=given["department"])
        fitting = [
            row for row in self.candidates if (row.virtual and given["state"] in row.states if video else row.in_person)
        ]
        if fitting:
            self.place = fitting[0]
        elif video:
            self.leads_to = "" if self.errors else "away"
            self.add_error("state", forms.ValidationError(self._possible(), "unlicensed"))
        else:
            words = _("Select “By video”. This department meets families by video only.")
            self.add_error("mode", forms.ValidationError(words, "video"))

    def _possible(self) -> str:
        """What can be done instead of a video visit in the state that was chosen."""
        if not self.video_states:
            return _("A video visit is not possible with this department. Select “In person”, or call us: %(phone)s") % {
                "phone": settings.SITE_PHONE
            }
        told = _(
            "A video visit is not possible there. It is possible in: %(states)s. "
            "Select one of these, or “In person”, or call us: %(phone)s"
        )
        return told % {"states": ", ".join(self.video_states), "phone": settings.SITE_PHONE}

    @property
    def video_states(self) -> list[str]:
        """Where a child may be during a video visit with one of the candidates, in words."""
        return [name for code, name in _states() if any(row.virtual and code in row.states for row in self.candidates)]

    def in_person_instead(self) -> "Visit":
        """The same answers, but to meet in person."""
        return Visit({**self.data, "mode": [Mode.IN_PERSON]}, asker=self.asked_by)

    def columns(self) -> dict[str, Any]:
        """See `StepForm`."""
        given = self.cleaned_data
        same = {
            name: given[name] for name in ("visit", "mode", "state", "language", "interpreter", "referring_doctor", "note")
        }
        return same | {"condition": self.offer.condition(given["condition"]), "department": self.place}


class About(forms.Form):
    """The condition or the department whose page led here, if one did."""

    condition = forms.SlugField(required=False)
    department = forms.SlugField(required=False)
