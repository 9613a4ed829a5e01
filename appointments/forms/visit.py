"""What the visit is about, with whom and how."""

from collections.abc import Iterable
from functools import cache
from operator import itemgetter
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils.translation import get_language, gettext_lazy as _

from appointments.choices import ELSEWHERE, Interpreter, interpreters
from appointments.departments import candidates, find_condition, places, readable_conditions, taking_requests, treating
from appointments.forms.base import Answers, StepForm
from appointments.forms.fields import Name, OneOf, OneRow, Words
from appointments.models import Request
from conditions.models import Condition
from directory.models import Department, Location
from directory.states import STATES
from foundation.pages.languages import Named
from foundation.prose.text import PhoneNumber
from foundation.search.fold import fold

NOTE, HELP = 500, 300  # characters
Mode = Request.Mode


def _states() -> list[tuple[str, str]]:
    return sorted(((code, str(name)) for code, name in STATES.items()), key=itemgetter(1))


def _named(row: Condition | Department | Location) -> Named:
    return Named(row.name, row.name_language) if isinstance(row, Condition) else row.words["name"]


class Visit(StepForm):
    """The visit. Which department answers is settled here: the one chosen, else one that treats the condition."""

    summary = {
        "condition": _("About"),
        "department": _("Department"),
        "visit": _("Kind of visit"),
        "mode": _("How to meet"),
        "location": _("Place"),
        "state": _("State during a video visit"),
        "interpreter": _("Interpreter"),
        "language": _("Language"),
        "help_needed": _("Other help"),
        "referring_doctor": _("Referring doctor"),
        "note": _("Note"),
    }
    sometimes = {"location", "state", "language"}
    unmarked = {"condition", "department"}
    title = _("About the visit")
    short = _("The visit")
    layout = Layout(
        "condition",
        "department",
        "visit",
        Div("mode", Div("location", css_class="if-place"), Div("state", css_class="if-video"), css_class="asks"),
        Div("interpreter", Div("language", css_class="if-spoken"), css_class="asks"),
        "help_needed",
        "referring_doctor",
        "note",
    )

    condition = OneRow(label=_("What is the visit about?"), empty_label=_("Something else, or not sure yet"))
    department = OneRow(label=_("Which department?"), empty_label=_("Not sure. Choose for us"))
    visit = OneOf(Request.Visit, label=_("What kind of visit?"), empty=_("Select the kind of visit"))
    mode = OneOf(
        Mode,
        label=_("How would you like to meet us?"),
        help_text=_(
            "A first visit is mostly better in person, because we examine your child. "
            "By video is good for a follow-up or a second opinion."
        ),
        empty=_("Select how you would like to meet us"),
    )
    location = OneRow(label=_("Which place suits you?"), empty_label=_("Any place is fine"))
    state = OneOf(
        lambda: [("", "–"), *_states(), (ELSEWHERE, _("Outside the United States"))],
        widget=forms.Select,
        label=_("Where will your child be during a video visit?"),
        help_text=_("The state. Our clinicians need a license there. For a visit in person, leave this empty."),
    )
    interpreter = OneOf(
        interpreters,
        label=_("Do you need an interpreter?"),
        help_text=_("Interpreters are free. Your child does not have to interpret."),
        empty=_("Select whether you need an interpreter"),
    )
    language = Words(label=_("Which language?"), max_length=60)
    help_needed = Words(
        label=_("What other help do you or your child need?"),
        help_text=_(
            "In your words, like: captions, large print, a wheelchair, help with moving about, a quiet room. It is free."
        ),
        max_length=HELP,
        widget=forms.Textarea,
        attrs={"rows": 2},
    )
    referring_doctor = Name(label=_("Doctor who sends you to us"))
    note = Words(
        label=_("Anything we should know before we call?"),
        help_text=_("In a few words, up to 500 characters. The details can wait until we talk."),
        max_length=NOTE,
        widget=forms.Textarea,
        attrs={"rows": 4},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        condition: Any = self.fields["condition"]
        department: Any = self.fields["department"]
        location: Any = self.fields["location"]
        condition.queryset, department.queryset, location.queryset = readable_conditions(), taking_requests(), places()
        # Once for all looks of a widget, and only if it is shown.
        condition.choices = cache(
            lambda: self._choices("condition", sorted(readable_conditions(), key=lambda row: fold(row.name)))
        )
        department.choices = cache(self._department_choices)
        location.choices = cache(lambda: self._choices("location", places()))
        if self.for_oneself:
            self.rename("state", _("Where will you be during a video visit?"))
            self.rename("help_needed", _("What other help do you need?"))
            self.fields["interpreter"].help_text = _("Interpreters are free.")
            self.fields["mode"].help_text = _(
                "A first visit is mostly better in person, because we examine you. "
                "By video is good for a follow-up or a second opinion."
            )

    def show(self, typed: Answers) -> None:
        """Who reads in another language than the first is most likely to want to speak it."""
        own = get_language() or settings.LANGUAGE_CODE
        super().show(({"interpreter": [own]} if own != settings.LANGUAGE_CODE else {}) | typed)

    def _choices(self, name: str, rows: Iterable[Any]) -> list[tuple[str, Any]]:
        return [("", self._empty_label(name)), *_options(rows)]

    def _department_choices(self) -> list[tuple[str, Any]]:
        fitting = treating(find_condition(self["condition"].value() or ""))
        others = [row for row in taking_requests() if row not in fitting]
        groups = [(_("Treat this condition"), _options(fitting)), (_("Others"), _options(others))]
        return [("", self._empty_label("department")), *(groups if fitting else _options(others))]

    @property
    def helper(self) -> FormHelper:
        """The place is asked where there is a choice."""
        location: Any = self.fields["location"]
        if len(list(location.choices)) <= 2:
            location.widget = forms.HiddenInput()
        return super().helper

    def clean(self) -> dict[str, Any]:
        """Settles `place`, the department that answers; a state without a license leads away, if nothing else is wrong."""
        answers = self.cleaned_data
        by_video = answers.get("mode") in {Mode.VIRTUAL, Mode.EITHER}
        self._clean_needed("language", _("Enter the language you speak"), answers.get("interpreter") == Interpreter.SPOKEN)
        self._clean_needed("state", _("Select the state for a video visit"), by_video)
        if answers.get("mode") == Mode.VIRTUAL:
            answers["location"] = None
        if not {"condition", "department", "mode", "location", "state"} & self.errors.keys():
            self._settle_place(by_video=by_video)
        return answers

    def _clean_needed(self, name: str, words: Any, is_needed: bool) -> None:
        """An answer that another one makes necessary, or else is dropped."""
        if not is_needed:
            self.cleaned_data[name] = ""
        elif self.cleaned_data.get(name) == "":
            self.add_error(name, forms.ValidationError(words, "required"))

    def _settle_place(self, *, by_video: bool) -> None:
        answers = self.cleaned_data
        self.candidates = candidates(answers["condition"], answers["department"])
        prefetch_related_objects(self.candidates if by_video else [], "clinicians__licenses")
        fitting = [row for row in self.candidates if row.in_person]
        if by_video:
            fitting = [row for row in self.candidates if row.virtual and answers["state"] in row.states]
        prefetch_related_objects(fitting if answers["location"] else [], "locations")
        there = [row for row in fitting if not answers["location"] or answers["location"] in row.locations.all()]
        if there:
            self.place = there[0]
        elif fitting:
            names = sorted({row.name for department in fitting for row in department.locations.all()})
            words = _("Select another place. We meet families about this in: %(places)s")
            self.add_error("location", forms.ValidationError(words, "elsewhere", {"places": ", ".join(names)}))
        elif by_video:
            self.leads_to = "" if self.errors else "away"
            self.add_error("state", forms.ValidationError(self._alternative(), "unlicensed"))
        else:
            words = _("Select “By video”. This department meets families by video only.")
            self.add_error("mode", forms.ValidationError(words, "video"))

    def _alternative(self) -> str:
        words = _("A video visit is not possible with this department. Select “In person”, or call us: %(phone)s")
        if self.video_states:
            words = _(
                "A video visit is not possible there. It is possible in: %(states)s. "
                "Select one of these, or “In person”, or call us: %(phone)s"
            )
        return words % {"states": ", ".join(self.video_states), "phone": PhoneNumber(settings.SITE_PHONE)}

    @property
    def video_states(self) -> list[str]:
        """Where a child may be during a video visit with one of the candidates, in words."""
        licensed = {code for row in self.candidates if row.virtual for code in row.states}
        return [name for code, name in _states() if code in licensed]

    def in_person_instead(self) -> "Visit":
        return Visit({**self.data, "mode": [Mode.IN_PERSON]}, asker=self.who_asks)

    def _answer(self, name: str) -> Any:
        if name not in {"condition", "department", "location"}:
            return super()._answer(name)
        row = self.cleaned_data[name]
        return _named(row) if row else self._empty_label(name)

    def _empty_label(self, name: str) -> Any:
        field: Any = self.fields[name]
        return field.empty_label

    def columns(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "department"} | {"department": self.place}


def _options(rows: Iterable[Any]) -> list[tuple[str, Named]]:
    return [(row.slug, _named(row)) for row in rows]


class About(forms.Form):
    condition = forms.SlugField(required=False)
    department = forms.SlugField(required=False)
