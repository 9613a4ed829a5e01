from datetime import date
from typing import Any

from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.business_hours import AHEAD
from appointments.choices import HalfDay
from appointments.forms.base import StepForm
from appointments.forms.fields import Words
from foundation.prose.days import Day, DayInput


class Times(StepForm):
    title = _("Times that suit you")
    short = _("Times")
    lead = _("You need not select anything. We then offer you the first times that we have.")
    summary = {
        "days": _("Days and times"),
        "earliest": _("Earliest day"),
        "avoid": _("Days that do not work"),
        "first": _("First choice of time"),
        "second": _("Second choice of time"),
        "third": _("Third choice of time"),
    }
    sometimes = {"first", "second", "third"}
    layout = Layout(
        Div("days", css_class="days"),
        "earliest",
        "avoid",
        Fieldset(_("If you have favorite times, say them in your words"), "first", "second", "third"),
    )

    days = forms.MultipleChoiceField(
        label=_("Days and times that work"),
        help_text=_("Select all that could work. The more you select, the sooner we find a time."),
        required=False,
        choices=HalfDay,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Select days from the list")},
    )
    earliest = Day(
        label=_("Earliest day"),
        required=False,
        widget=DayInput({"autocomplete": "off", "class": "short"}),
        input_formats=["%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y", "%m %d %Y"],
        error_messages={"invalid": _("Earliest day must be a real date, like 12/15/2026")},
    )
    avoid = Words(label=_("Days that do not work"), help_text=_("Like: December 21 to 24, Wednesdays"), max_length=200)
    first = Words(label=_("First choice"), help_text=_("Like: a Tuesday after school"), max_length=100)
    second = Words(label=_("Second choice"), max_length=100)
    third = Words(label=_("Third choice"), max_length=100)

    def clean_earliest(self) -> date | None:
        day: date | None = self.cleaned_data["earliest"]
        if day and day < timezone.localdate():
            raise ValidationError(_("Earliest day must be today or later"), "past")
        if day and day > timezone.localdate() + AHEAD:
            raise ValidationError(_("Earliest day must be within two years"), "far")
        return day

    def columns(self) -> dict[str, Any]:
        answers = self.cleaned_data
        wishes = {
            "days": answers["days"],
            "earliest": answers["earliest"].isoformat() if answers["earliest"] else "",
            "avoid": answers["avoid"],
            "preferred": [answers[name] for name in ("first", "second", "third") if answers[name]],
        }
        return {"wishes": wishes}
