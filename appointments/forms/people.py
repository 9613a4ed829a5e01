from datetime import date
from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments import time_text
from appointments.forms.base import StepForm
from appointments.forms.fields import BirthDate, Name, OneOf
from appointments.models import Request

MINOR = "minor"
OLDEST = 21  # years: up to when we see patients


def askers() -> list[tuple[str, Any]]:
    """With the age from which patients decide about their own care, which is not everywhere the age of majority."""
    labels: dict[str, Any] = dict(Request.Asker.choices)
    labels[Request.Asker.PATIENT] = _("I am the patient, and I am %(age)d or older")
    labels[MINOR] = _("I am under %(age)d, and I ask for myself")
    return [(asker, label % {"age": settings.AGE_OF_CONSENT}) for asker, label in labels.items()]


class You(StepForm):
    """The adult who asks. Somebody younger than `AGE_OF_CONSENT` is led to the phone number; `clean` leaves nothing of what they typed."""

    title = _("About you")
    short = _("Who asks")
    summary = {"asker": _("Who asks"), "name": _("Your name")}
    sometimes = {"confirm"}
    layout = Layout(Div("asker", "name", Div("confirm", css_class="if-for-child"), css_class="asks"))

    asker = OneOf(askers, label=_("Who are you?"), empty=_("Select who you are"))
    name = Name(label=_("Your full name"), empty=_("Enter your name"), attrs={"autocomplete": "name"})
    confirm = forms.BooleanField(
        label=_("I am an adult, and I am the child’s parent or legal guardian, or I have their permission to ask."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """The box is for those who ask for a child; the patient said it all in the first answer."""
        asker = self.cleaned_data.get("asker")
        if asker == MINOR:
            self.leads_to = "too_young"
            self.add_error("asker", forms.ValidationError(_("Call us"), "minor"))
        elif asker != Request.Asker.PATIENT and not self.cleaned_data["confirm"]:
            words = _("If you ask for a child, select this box too")
            if asker:
                words = _("Select the box to confirm that you may ask")
            self.add_error("confirm", forms.ValidationError(words, "required"))
        return self.cleaned_data

    def columns(self) -> dict[str, Any]:
        return {"asker": self.cleaned_data["asker"], "asker_name": self.cleaned_data["name"]}


class Child(StepForm):
    """The child; or the patient, who then reads “you” and finds the name already filled in."""

    title: Any = _("About your child")
    short = _("For whom")
    lead = _("This helps us find the right record. We ask nothing that we do not need.")
    summary = {"name": _("Name on records"), "liked_name": _("Liked name"), "born": _("Date of birth")}

    name = Name(
        label=_("Child’s full name"),
        help_text=_("As it is on medical or insurance records"),
        empty=_("Enter your child’s name"),
    )
    liked_name = Name(label=_("Name your child likes to be called"))
    born = BirthDate(label=_("Child’s date of birth"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.for_oneself:
            self.title = _("Your name and date of birth")
            self.rename("name", _("Your full name"), empty=_("Enter your name"))
            self.rename("liked_name", _("Name you like to be called"))
            self.rename("born", _("Your date of birth"), empty=_("Enter your date of birth"))

    def clean_born(self) -> date:
        born: date = self.cleaned_data["born"]
        years = time_text.age(born, timezone.localdate())
        self.is_of_age = years >= settings.AGE_OF_CONSENT
        if years > OLDEST:
            self.leads_to = "too_old"
            raise forms.ValidationError(_("Call us"), "adult")
        if self.for_oneself and not self.is_of_age:
            raise forms.ValidationError(
                _("You told us that you are %(age)d or older. Enter your date of birth again, or go back and change who asks"),
                "minor",
                {"age": settings.AGE_OF_CONSENT},
            )
        return born

    def columns(self) -> dict[str, Any]:
        answers = self.cleaned_data
        return {
            "child_name": answers["name"],
            "child_liked_name": answers["liked_name"],
            "child_born": answers["born"].isoformat(),
        }
