"""How to reach the family: asked in the steps, and again when something changed."""

from typing import Any

from crispy_forms.layout import Layout
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _
from rapidfuzz.distance import DamerauLevenshtein

from appointments.forms.base import StepForm
from appointments.forms.fields import OneOf, Words
from appointments.wishes import How, Message

USUAL = [
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
    "aol.com",
    "comcast.net",
    "verizon.net",
    "live.com",
    "msn.com",
    "me.com",
    "att.net",
    "proton.me",
    "protonmail.com",
    "optonline.net",
    "mail.com",
    "ymail.com",
    "gmx.com",
    "gmx.net",
    "hey.com",
    "zoho.com",
]
NO_PHONE = _("Enter a phone number, like 212 555 0123")
NO_EMAIL = _("Enter an email address in the correct format, like name@example.com")


def check_phone(typed: str) -> None:
    """Raises ValidationError unless there are 7 to 20 digits; extensions and any spacing are fine."""
    if not 7 <= sum(letter.isdecimal() for letter in typed) <= 20:
        raise ValidationError(NO_PHONE, "phone")


class Contact(StepForm):
    """Phone or email, at least one, and which of them first."""

    title = _("How to reach you")
    summary = {"phone": _("Phone"), "email": _("Email"), "how": _("First way to reach you"), "message": _("Leave a message?")}
    sometimes = {"message"}
    unmarked = {"phone", "email"}
    layout = Layout("phone", "email", "how", "message")

    phone = Words(
        label=_("Phone"),
        help_text=_("So that we can find a time with you. Leave empty if you give an email address."),
        max_length=40,
        attrs={"type": "tel", "autocomplete": "tel", "class": "short"},
        validators=[check_phone],
    )
    email = Words(
        label=_("Email"),
        help_text=_(
            "Email and text messages are not fully private. Ours say your reference, our phone, a time and a place, "
            "and nothing about your child. Leave empty if you give a phone number."
        ),
        max_length=254,
        attrs={"type": "email", "autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"},
        validators=[EmailValidator(NO_EMAIL)],
    )
    how = OneOf(How, label=_("How should we reach you first?"), empty=_("Select how we should reach you first"))
    message = OneOf(Message, label=_("If nobody answers, may we leave a message?"))

    def clean(self) -> dict[str, Any]:
        """The way chosen needs its number or address; a call that nobody answers needs to know about messages."""
        given = self.cleaned_data
        if given.get("how") == How.EMAIL:
            self._need("email", _("Enter an email address, or select another way to reach you"))
        elif "how" in given:
            self._need("phone", _("Enter a phone number, like 212 555 0123, or select email to reach you"))
            if not given.get("message"):
                self._need("message", _("Select whether we may leave a message"))
        else:  # all at once, not one after another
            if given.get("email") == "":
                self._need("phone", _("Enter a phone number or an email address"))
            if given.get("phone") or not given.get("email"):
                self._need("message", _("If we may call you, select whether we may leave a message"))
        return given

    def _need(self, name: str, words: Any) -> None:
        if self.cleaned_data.get(name) == "":
            self.add_error(name, ValidationError(words, "required"))

    def columns(self) -> dict[str, Any]:
        """`email`, `phone` and `contact`, the last one a dictionary (see `appointments.wishes`)."""
        given = self.cleaned_data
        contact = {"how": given["how"], "message": given["message"]}
        return {"email": given["email"], "phone": given["phone"], "contact": contact}


def likely_meant(email: str) -> str:
    """The address that `email` may be a slip of: at a usual provider, one or two letters away; "" if it looks right."""
    name, _at, domain = email.rpartition("@")
    near = [usual for usual in USUAL if DamerauLevenshtein.distance(domain.casefold(), usual) <= (2 if len(usual) > 7 else 1)]
    return "" if not near or domain.casefold() in USUAL else f"{name}@{near[0]}"
