"""What a family may send from the private page of its request, and to get a lost link again."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.forms.base import StepForm
from appointments.forms.fields import Address, BirthDate, Reference

BIGGEST = 2**31 - 1  # of a PostgreSQL integer


class Unlock(StepForm):
    born = BirthDate(label=_("Your child’s date of birth"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.for_oneself:
            self.rename("born", _("Your date of birth"), empty=_("Enter your date of birth"))


class Seen(forms.Form):
    seen = forms.IntegerField(min_value=0, max_value=BIGGEST, required=False)
    time = forms.IntegerField(min_value=1, max_value=BIGGEST, required=False)

    @classmethod
    def read(cls, data: Any, name: str) -> int | None:
        form = cls(data)
        form.is_valid()
        return form.cleaned_data.get(name)


class LostLink(StepForm):
    reference = Reference(
        label=_("Your reference"),
        help_text=_("Eight letters and numbers, like K7M4-QXP2"),
        empty=_("Enter your reference, like K7M4-QXP2"),
    )
    email = Address(
        label=_("Your email address"),
        help_text=_("The one you gave us when you asked"),
        empty=_("Enter your email address, like name@example.com"),
    )
