"""The kinds of questions: words in any script, one of several, a date of birth in three boxes."""

import re
import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _, override

from foundation.prose.addresses import check_email, email
from foundation.prose.phones import check_phone
from foundation.prose.typed import Prose, code

NAME = 255


class Select(forms.Select):
    """A list to choose from, in which a `Named` of another language is marked, so that it is read out in its own."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **more: Any) -> dict[str, Any]:
        option = super().create_option(name, value, label, *args, **more)
        if lang := getattr(label, "lang", ""):
            option["attrs"]["lang"] = lang
        return option


class Words(Prose):
    def __init__(self, *, empty: Any = "", max_length: int = NAME, attrs: dict[str, Any] | None = None, **more: Any) -> None:
        """`empty` is what to say when nothing is there; without it the question is optional. `attrs` are the control's."""
        widget = more.pop("widget", forms.TextInput)
        messages = {
            "required": empty,
            "max_length": _("Shorten your words to %(limit_value)d characters. They have %(show_value)d now."),
        }
        given = {"autocomplete": "off"} | (attrs or {})
        super().__init__(
            max_length=max_length, required=bool(empty), error_messages=messages, widget=widget(attrs=given), **more
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No maxlength: a browser would cut what is pasted without a word; we say by how much to shorten it."""
        return {}


class Name(Words):
    def __init__(self, **more: Any) -> None:
        attrs = {"spellcheck": "false"} | more.pop("attrs", {})
        super().__init__(attrs=attrs, **more)


class Number(Words):
    default_validators = [check_phone]

    def to_python(self, value: Any) -> str:
        return code(super().to_python(value))


class Address(Words):
    default_validators = [check_email]

    def __init__(self, **more: Any) -> None:
        attrs = {"type": "email", "autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}
        super().__init__(max_length=254, attrs=attrs, **more)

    def to_python(self, value: Any) -> str:
        return email(super().to_python(value))


class Reference(Words):
    def __init__(self, **more: Any) -> None:
        super().__init__(attrs={"autocapitalize": "characters", "spellcheck": "false", "class": "short"}, **more)

    def to_python(self, value: Any) -> str:
        """In the form it is stored, however it was typed. Raises ValidationError for what cannot be one."""
        letters = re.sub(r"[\W_]", "", code(super().to_python(value))).upper()
        if letters and len(letters) != 8:
            raise ValidationError(_("Enter a reference of eight letters and numbers, like K7M4-QXP2"), "reference")
        return f"{letters[:4]}-{letters[4:]}" if letters else ""


class OneOf(forms.ChoiceField):
    """One of several, as radio buttons. `empty` is what to say when none is selected; without it one need not be."""

    def __init__(self, choices: Any, *, empty: Any = "", widget: Any = forms.RadioSelect, **more: Any) -> None:
        messages = {"required": empty, "invalid_choice": empty or _("Select one from the list")}
        super().__init__(choices=choices, required=bool(empty), error_messages=messages, widget=widget, **more)


class OneRow(forms.ModelChoiceField):
    """One of the rows of a table, by its slug; it need not be chosen. Its form sets `queryset` and `choices`."""

    widget = Select

    def __init__(self, **kwargs: Any) -> None:
        messages = {"invalid_choice": _("Select one from the list")}
        super().__init__(None, to_field_name="slug", required=False, error_messages=messages, **kwargs)


class DateBoxes(forms.MultiWidget):
    """Month, day and year to type, in the order of the United States. Nothing a browser could fill in by itself."""

    use_fieldset = True
    labels = {"month": _("Month"), "day": _("Day"), "year": _("Year")}

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        given = {"autocomplete": "off", "spellcheck": "false"} | (attrs or {})
        month, number = forms.TextInput(given), {**given, "inputmode": "numeric"}
        super().__init__({"month": month, "day": forms.TextInput(number), "year": forms.TextInput(number)})

    def decompress(self, value: Any) -> list[str]:
        return ["", "", ""]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        for box, (kind, label) in zip(context["widget"]["subwidgets"], self.labels.items(), strict=True):
            box["label"], box["kind"] = label, kind
        return context


class BirthDate(forms.Field):
    """A day in the past, from three boxes; a month may be a number or its name in any language of the site."""

    widget = DateBoxes
    default_error_messages = {
        "required": _("Enter your child’s date of birth"),
        "missing": _("Date of birth must include a %(part)s"),
        "missing_two": _("Date of birth must include a %(part)s and a %(other)s"),
        "year": _("Year must have 4 numbers, like 2015"),
        "unreal": _("Date of birth must be a real date"),
        "future": _("Date of birth must be in the past"),
    }
    parts = (_("month"), _("day"), _("year"))

    def __init__(self, *, label: Any) -> None:
        super().__init__(label=label, help_text=_("For example, 4 23 2015"))

    def to_python(self, value: Any) -> date | None:
        month, day, year = typed = [code(part or "") for part in value]
        if not any(typed):
            return None
        self._refuse_missing([part for part, text in zip(self.parts, typed, strict=True) if not text])
        if not (year.isdecimal() and len(year) == 4):
            raise ValidationError(self.error_messages["year"], "year")
        try:
            born = date(int(year), month_number(month), day_number(day))
        except (ValueError, OverflowError) as error:  # a phone number in the box for the day
            raise ValidationError(self.error_messages["unreal"], "unreal") from error
        if born > timezone.localdate():
            raise ValidationError(self.error_messages["future"], "future")
        return born

    def _refuse_missing(self, parts: list[Any]) -> None:
        if len(parts) == 1:
            raise ValidationError(self.error_messages["missing"], "missing", {"part": parts[0]})
        if parts:
            raise ValidationError(self.error_messages["missing_two"], "missing", {"part": parts[0], "other": parts[1]})


def day_number(typed: str) -> int:
    """1 to 31 of "4", "04", "4th" or "1º". Raises ValueError."""
    return int(re.sub(r"(?<=\d)(?:st|nd|rd|th|ro|ero|[.ºª°])$", "", typed.casefold()))


def month_number(typed: str) -> int:
    """1 to 12 of "4", "04", "April", "Apr." or "abril", with accents and without. Raises ValueError."""
    start = _without_accents(code(typed)).rstrip(".")
    if start.isdecimal():
        return int(start)
    for language, _name in settings.LANGUAGES:
        with override(language):
            names = [*((_without_accents(str(name)), number) for number, name in MONTHS.items()), ("setiembre", 9)]
        found = [number for name, number in names if name.startswith(start)]
        if found and len(start) >= 3:
            return found[0]
    raise ValueError(typed)


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))
