"""Who is to be seen."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import time_text
from appointments.forms.base import StepForm
from appointments.forms.fields import BirthDate, Name

ADULT, OLDEST = 18, 21  # years: who may ask for themselves, and up to when we see patients


class Child(StepForm):
    """The child; or the patient, who then reads “you” and finds the name already filled in."""

    title: Any = gettext_lazy("About your child")
    lead = gettext_lazy("This helps us find the right record. We ask nothing that we do not need.")
    summary = {
        "name": gettext_lazy("Name on records"),
        "liked_name": gettext_lazy("Liked name"),
        "born": gettext_lazy("Date of birth"),
    }

    name = Name(
        label=gettext_lazy("Child’s full name"),
        help_text=gettext_lazy("As it is on medical or insurance records"),
        empty=gettext_lazy("Enter your child’s name"),
    )
    liked_name = Name(label=gettext_lazy("Name your child likes to be called"))
    born = BirthDate(
        label=gettext_lazy("Child’s date of birth"),
        help_text=gettext_lazy("For example, 4 23 2015"),
        error_messages={"required": gettext_lazy("Enter your child’s date of birth")},
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if self.for_oneself:
            self._say_you()

    def _say_you(self) -> None:
        self.title = _("Your name and date of birth")
        labels = {"name": _("Your full name"), "liked_name": _("Name you like to be called"), "born": _("Your date of birth")}
        for name, label in labels.items():
            self.fields[name].label = label
        self.fields["name"].error_messages["required"] = _("Enter your name")
        self.fields["born"].error_messages["required"] = _("Enter your date of birth")

    def clean_born(self) -> date:
        born: date = self.cleaned_data["born"]
        years = time_text.age(born, timezone.localdate())
        if years > OLDEST:
            self.leads_to = "too_old"
            raise forms.ValidationError(_("Call us"), "adult")
        if self.for_oneself and years < ADULT:
            raise forms.ValidationError(
                _("You told us that you are 18 or older. Enter your date of birth again, or go back and change who asks"),
                "minor",
            )
        return born

    def columns(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "child_name": given["name"],
            "child_liked_name": given["liked_name"],
            "child_born": given["born"].isoformat(),
        }
