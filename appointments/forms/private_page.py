"""What a family may send from the private page of its request, and to get a lost link again."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.forms.base import StepForm
from appointments.forms.contact import Contact
from appointments.forms.fields import Address, BirthDate, Reference, Words

MOST = 2_000  # characters of an answer
BIGGEST = 2**31 - 1  # of a PostgreSQL integer


class Mine(StepForm):
    """A form whose page writes the form tag and the button itself."""

    def columns(self) -> dict[str, Any]:
        """The answers by name."""
        return dict(self.cleaned_data)


class Unlock(Mine):
    """What opens the details beside the link."""

    born = BirthDate(
        label=_("Your child’s date of birth"),
        help_text=_("For example, 4 23 2015"),
        error_messages={"required": _("Enter your child’s date of birth")},
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if self.for_oneself:
            self.fields["born"].label = _("Your date of birth")
            self.fields["born"].error_messages["required"] = _("Enter your date of birth")


class Reason(Mine):
    """Words that need not be there."""

    words = Words(label=_("What should we know?"), max_length=MOST, widget=forms.Textarea, attrs={"rows": 4})


class Wanted(Mine):
    """Which times they want instead: without it we could only guess again."""

    words = Words(
        label=_("Which days and times suit you?"),
        empty=_("Enter days or times that suit you, like: Mondays, or any day after 3 pm"),
        max_length=MOST,
        widget=forms.Textarea,
        attrs={"rows": 4},
    )


class Told(Mine):
    """Words, without which there is nothing to send."""

    words = Words(
        label=_("What do you want to tell us?"),
        empty=_("Enter what you want to tell us"),
        max_length=MOST,
        widget=forms.Textarea,
        attrs={"rows": 6},
    )


class NewContact(Mine, Contact):
    """The same questions as when they asked."""

    def columns(self) -> dict[str, Any]:
        """As `actions.change_contact` takes them."""
        return Contact.columns(self)


class Seen(forms.Form):
    """Which version of the request, and which of the times, was on the screen."""

    seen = forms.IntegerField(min_value=0, max_value=BIGGEST, required=False)
    time = forms.IntegerField(min_value=1, max_value=BIGGEST, required=False)

    @classmethod
    def read(cls, data: Any, name: str) -> int | None:
        """The number sent as `name`; None if it is none."""
        form = cls(data)
        form.is_valid()
        return form.cleaned_data.get(name)


class Lost(Mine):
    """Two things that only the family has together."""

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
