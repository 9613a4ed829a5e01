"""How to reach the family, which is asked again when something changed."""

import re
from typing import Any

from crispy_forms.layout import Layout
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rapidfuzz.distance import OSA

from appointments.choices import How, Message
from appointments.forms.base import StepForm
from appointments.forms.fields import Address, Number, OneOf

# Providers with names of five letters and more: with fewer, a letter more or less is often another provider.
USUAL = (
    "gmail.com yahoo.com hotmail.com outlook.com icloud.com comcast.net verizon.net protonmail.com optonline.net sbcglobal.net "
    "bellsouth.net earthlink.net charter.net".split()
)
NO_COM = re.compile(r"\.(?:con|cmo|ocm|comm+|coom|vom|xom|cpm|clm|cim|c0m)$")  # no domain ends so (IANA root zone)

FOR_ONESELF = _(
    "Email is not fully private. Our mails say your reference, our phone, a time and a place, "
    "and nothing about your health. Leave empty if you give a phone number."
)


class Contact(StepForm):
    title = _("How to reach you")
    short = _("Contact")
    summary = {"phone": _("Phone"), "email": _("Email"), "how": _("First way to reach you"), "message": _("Leave a message?")}
    sometimes = {"message"}
    unmarked = {"phone", "email"}
    layout = Layout("phone", "email", "how", "message")

    phone = Number(
        label=_("Phone"),
        help_text=_("So that we can find a time with you. Leave empty if you give an email address."),
        max_length=80,
        attrs={"type": "tel", "autocomplete": "tel", "class": "short"},
    )
    email = Address(
        label=_("Email"),
        help_text=_(
            "Email is not fully private. Our mails say your reference, our phone, a time and a place, "
            "and nothing about your child. Leave empty if you give a phone number."
        ),
    )
    how = OneOf(How, label=_("How should we reach you first?"), empty=_("Select how we should reach you first"))
    message = OneOf(Message, label=_("If nobody answers, may we leave a message?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.for_oneself:
            self.fields["email"].help_text = FOR_ONESELF

    def clean(self) -> dict[str, Any]:
        """The way chosen needs its number or address; a call that nobody answers needs to know about messages."""
        answers = self.cleaned_data
        if answers.get("how") == How.EMAIL:
            self._need("email", _("Enter an email address, or select another way to reach you"))
        elif "how" in answers:
            self._need("phone", _("Enter a phone number, like 212 555 0123, or select email to reach you"))
            if not answers.get("message"):
                self._need("message", _("Select whether we may leave a message"))
        else:  # all at once, not one after another
            if answers.get("email") == "":
                self._need("phone", _("Enter a phone number or an email address"))
            if answers.get("phone") or not answers.get("email"):
                self._need("message", _("If we may call you, select whether we may leave a message"))
        return answers

    def _need(self, name: str, words: Any) -> None:
        if self.cleaned_data.get(name) == "":
            self.add_error(name, ValidationError(words, "required"))

    def columns(self) -> dict[str, Any]:
        answers = self.cleaned_data
        contact = {"how": answers["how"], "message": answers["message"]}
        return {"email": answers["email"], "phone": answers["phone"], "contact": contact}


def likely_meant(email: str) -> str:
    """The address that `email` may be a slip of; "" if it looks right.

    A slip ends as no domain does, or is one letter off a usual provider but for the first letter, which people look at:
    `mail.com`, `ymail.com` and `email.com` are providers of their own.
    """
    name, _at, typed = email.rpartition("@")
    domain = NO_COM.sub(".com", typed.casefold())
    near = [usual for usual in USUAL if usual[0] == domain[:1] and OSA.distance(domain, usual, score_cutoff=1) <= 1]
    meant = domain if domain in near else (near or [domain])[0]
    return f"{name}@{meant}" if meant != typed.casefold() else ""
