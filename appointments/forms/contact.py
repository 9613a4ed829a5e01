"""Which times suit, and how to reach the family, which is asked again when something changed."""

import json
import re
from datetime import date
from typing import Any

from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rapidfuzz.distance import OSA

from appointments.business_hours import AHEAD
from appointments.choices import HalfDay, How, Message
from appointments.forms.base import StepForm
from appointments.forms.fields import Address, Number, OneOf, Words
from foundation.prose.days import Day

# Providers with names of five letters and more: with fewer, a letter more or less is often another provider.
USUAL = [
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
    "comcast.net",
    "verizon.net",
    "protonmail.com",
    "optonline.net",
    "sbcglobal.net",
    "bellsouth.net",
    "earthlink.net",
    "charter.net",
]
NO_COM = re.compile(r"\.(?:con|cmo|ocm|comm+|coom|vom|xom|cpm|clm|cim|c0m)$")  # no domain ends so (IANA root zone)

FOR_ONESELF = _(
    "Email and text messages are not fully private. Ours say your reference, our phone, a time and a place, "
    "and nothing about your health. Leave empty if you give a phone number."
)


class Contact(StepForm):
    title = _("How to reach you")
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
            "Email and text messages are not fully private. Ours say your reference, our phone, a time and a place, "
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
        """`email`, `phone` and `contact`, the last one a dictionary (see `appointments.choices`)."""
        answers = self.cleaned_data
        contact = {"how": answers["how"], "message": answers["message"]}
        return {"email": answers["email"], "phone": answers["phone"], "contact": contact}


class Times(Contact):
    title = _("Times, and how to reach you")
    summary = {
        "days": _("Days and times"),
        "earliest": _("Earliest day"),
        "avoid": _("Days that do not work"),
        "first": _("First choice of time"),
        "second": _("Second choice of time"),
        "third": _("Third choice of time"),
        **Contact.summary,
    }
    sometimes = {"first", "second", "third", *Contact.sometimes}
    layout = Layout(
        Fieldset(
            _("Times that suit you"),
            Div("days", css_class="pairs"),
            "earliest",
            "avoid",
            Fieldset(_("If you have favorite times, say them in your words"), "first", "second", "third"),
        ),
        Fieldset(_("How to reach you"), *Contact.layout),
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
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off", "class": "short"}),
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
        answers, contact = self.cleaned_data, super().columns()
        wishes = {
            "days": answers["days"],
            "earliest": answers["earliest"].isoformat() if answers["earliest"] else "",
            "avoid": answers["avoid"],
            "preferred": [answers[name] for name in ("first", "second", "third") if answers[name]],
        }
        return contact | {"contact": json.dumps(contact["contact"]), "wishes": json.dumps(wishes)}


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
