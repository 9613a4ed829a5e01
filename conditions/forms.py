"""What readers may send: a filter, an answer to “Did this page help?”."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import Department

YES, NO = "yes", "no"


class Filter(forms.Form):
    """Which department's conditions to list; nothing chosen means all."""

    department = forms.ChoiceField(
        label=_("Department"),
        required=False,
        error_messages={"invalid_choice": _("We have no department at this address, so here are all conditions.")},
    )

    def __init__(self, data: Any, departments: Iterable[Department]) -> None:
        """`departments` are the choices, by slug."""
        super().__init__(data)
        choices = [("", _("All departments")), *((row.slug, row.name) for row in departments)]
        self.fields["department"].choices = choices  # type: ignore[attr-defined]


class Feedback(forms.Form):
    """Yes or no, and one line if the reader likes."""

    helpful = forms.ChoiceField(
        label=_("Did this page help?"),
        choices=[(YES, _("Yes")), (NO, _("No"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select yes or no"), "invalid_choice": _("Select yes or no")},
    )
    comment = forms.CharField(
        label=_("What could be better? (optional)"),
        help_text=_("Up to 300 characters. Leave out names and anything about your child’s health."),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("Shorten your line to 300 characters. It has %(show_value)d now.")},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="feedback-%s", use_required_attribute=False)

    def clean_helpful(self) -> bool:
        """Whether the page helped."""
        return bool(self.cleaned_data["helpful"] == YES)
