"""Who asks."""

from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.forms.base import StepForm
from appointments.forms.fields import Name, OneOf
from appointments.models import Request

MINOR = "minor"


class You(StepForm):
    """The adult who asks. Somebody under 18 is led to the phone number; `clean` leaves nothing of what they typed."""

    title = _("About you")
    summary = {"asker": _("Who asks"), "name": _("Your name")}
    sometimes = {"confirm"}
    layout = Layout(Div("asker", "name", Div("confirm", css_class="if-for-child"), css_class="asks"))

    asker = OneOf(
        [*Request.Asker.choices, (MINOR, _("I am under 18, and I ask for myself"))],
        label=_("Who are you?"),
        empty=_("Select who you are"),
    )
    name = Name(label=_("Your full name"), empty=_("Enter your name"), attrs={"autocomplete": "name"})
    confirm = forms.BooleanField(
        label=_("I am 18 or older and I am the child’s parent or legal guardian, or I have their permission to ask."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """The box is for those who ask for a child; the patient said it all in the first answer."""
        asker = self.cleaned_data.get("asker")
        if asker == MINOR:
            self.leads_to = "too_young"
            self.add_error("asker", forms.ValidationError(_("Call us"), "minor"))
        elif asker != Request.Asker.PATIENT and not self.cleaned_data["confirm"]:
            words = (
                _("Select the box to confirm that you may ask") if asker else _("If you ask for a child, select this box too")
            )
            self.add_error("confirm", forms.ValidationError(words, "required"))
        return self.cleaned_data

    def columns(self) -> dict[str, Any]:
        return {"asker": self.cleaned_data["asker"], "asker_name": self.cleaned_data["name"]}
