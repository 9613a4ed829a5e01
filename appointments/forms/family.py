"""What is asked of a family but the visit itself (`visit.py`): who asks, for whom, how to reach them, when they can come."""

import re
from datetime import date
from typing import Any

from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rapidfuzz.distance import OSA

from appointments import time_text
from appointments.business_hours import AHEAD
from appointments.choices import HalfDay, How, Message
from appointments.forms.base import StepForm
from appointments.forms.fields import Address, BirthDate, Name, Number, OneOf, Words
from appointments.models import Request
from foundation.prose.days import Day, DayInput

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
            self.add_error(name, forms.ValidationError(words, "required"))

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
            raise forms.ValidationError(_("Earliest day must be today or later"), "past")
        if day and day > timezone.localdate() + AHEAD:
            raise forms.ValidationError(_("Earliest day must be within two years"), "far")
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
