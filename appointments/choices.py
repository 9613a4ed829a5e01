"""What families choose from beside the columns of a request, and how `Request.wishes` and `Request.contact` keep it.

wishes: {"days": [HalfDay…], "earliest": "2026-12-01" or "", "avoid": words, "preferred": [up to three words]}
contact: {"how": How, "message": Message or "", "former": [email addresses it was changed from, if any, oldest first]}
"""

from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class HalfDay(TextChoices):
    MONDAY_AM = "1-am", _("Monday morning")
    MONDAY_PM = "1-pm", _("Monday afternoon")
    TUESDAY_AM = "2-am", _("Tuesday morning")
    TUESDAY_PM = "2-pm", _("Tuesday afternoon")
    WEDNESDAY_AM = "3-am", _("Wednesday morning")
    WEDNESDAY_PM = "3-pm", _("Wednesday afternoon")
    THURSDAY_AM = "4-am", _("Thursday morning")
    THURSDAY_PM = "4-pm", _("Thursday afternoon")
    FRIDAY_AM = "5-am", _("Friday morning")
    FRIDAY_PM = "5-pm", _("Friday afternoon")


class How(TextChoices):
    CALL = "call", _("Call me")
    EMAIL = "email", _("Send me an email")


class Message(TextChoices):
    """The harmless answer stands first: Lynx selects the first of several by itself."""

    NO = "no", _("No, do not leave a message")
    YES = "yes", _("Yes, with your name and number only")


class Interpreter(TextChoices):
    NONE = "no", _("No, English is fine")
    SPOKEN = "spoken", _("Yes, in another spoken language")
    ASL = "asl", _("Yes, American Sign Language (ASL)")


def interpreters() -> list[tuple[str, Any]]:
    """With each language of the site but the first; its code is what is kept."""
    none, *others = Interpreter.choices
    languages = [(code, name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    return [none, *((code, _("Yes, in %(language)s") % {"language": name}) for code, name in languages), *others]


ELSEWHERE = "ZZ"  # outside the United States; no license holds there
