"""The kinds of questions: words in any script, one of several, a date of birth in three boxes."""

import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any, Self

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

NAME = 255
UNSEEN = {"Cc", "Cs"}  # control characters and halves of characters: nobody typed them on purpose, nobody sees them


def readable(text: str) -> str:
    """`text` as it can be stored and shown again: lines end in one newline, what no screen can show is left out."""
    if text.isprintable():  # as nearly every answer is
        return text
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in unix if letter in "\n\t" or unicodedata.category(letter) not in UNSEEN)


class Named(str):
    """A name as it stands; `lang` is its language where that is another than the page's, else ""."""

    __slots__ = ("lang",)
    lang: str

    def __new__(cls, name: str, language: str) -> Self:
        """`language` is the one the name is in."""
        named = super().__new__(cls, name)
        named.lang = "" if language == get_language() else language
        return named


class Select(forms.Select):
    """A list to choose from, in which a `Named` of another language is marked, so that it is read out in its own."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **more: Any) -> dict[str, Any]:
        """One line of it."""
        option = super().create_option(name, value, label, *args, **more)
        if lang := getattr(label, "lang", ""):
            option["attrs"]["lang"] = lang
        return option


class Words(forms.CharField):
    """A line of words, any script, as typed."""

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

    def to_python(self, value: Any) -> str:
        """Without what cannot be shown, on one line unless it is a text area."""
        text = readable(str(value or ""))
        kept = text if isinstance(self.widget, forms.Textarea) else text.replace("\n", " ").replace("\t", " ")
        return str(super().to_python(kept))


class Name(Words):
    """A person's name."""

    def __init__(self, **more: Any) -> None:
        attrs = {"spellcheck": "false"} | more.pop("attrs", {})
        super().__init__(attrs=attrs, **more)


class OneOf(forms.ChoiceField):
    """One of several, as radio buttons. `empty` is what to say when none is selected; without it one need not be."""

    def __init__(self, choices: Any, *, empty: Any = "", widget: Any = forms.RadioSelect, **more: Any) -> None:
        messages = {"required": empty, "invalid_choice": empty or _("Select one from the list")}
        super().__init__(choices=choices, required=bool(empty), error_messages=messages, widget=widget, **more)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Every form has fields of its own, and they share the choices, which nobody alters: copying them cost most."""
        return forms.Field.__deepcopy__(self, memo)


class Listed(OneOf):
    """One of as many as the database holds: looked up where it is judged, and listed only where it is shown."""

    is_known: Callable[[str], object]

    def valid_value(self, value: Any) -> bool:
        """Whether it is on the list."""
        return bool(self.is_known(value))


class DateBoxes(forms.MultiWidget):
    """Month, day and year to type, in the order of the United States. Nothing a browser could fill in by itself."""

    use_fieldset = True
    labels = {"month": _("Month"), "day": _("Day"), "year": _("Year")}

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        given = {"autocomplete": "off", "spellcheck": "false"} | (attrs or {})
        month, number = forms.TextInput(given), {**given, "inputmode": "numeric"}
        super().__init__({"month": month, "day": forms.TextInput(number), "year": forms.TextInput(number)})

    def decompress(self, value: Any) -> list[str]:
        """Nothing typed yet: three empty boxes."""
        return ["", "", ""]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Adds to each box its `label` and whether it is the `year`."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        for box, (kind, label) in zip(context["widget"]["subwidgets"], self.labels.items(), strict=True):
            box["label"], box["kind"] = label, kind
        return context


class BirthDate(forms.Field):
    """A day in the past, from three boxes; a month may be a number or its name in any language of the site."""

    widget = DateBoxes
    default_error_messages = {
        "missing": _("Date of birth must include a %(part)s"),
        "missing_two": _("Date of birth must include a %(part)s and a %(other)s"),
        "year": _("Year must have 4 numbers, like 2015"),
        "unreal": _("Date of birth must be a real date"),
        "future": _("Date of birth must be in the past"),
    }
    parts = (_("month"), _("day"), _("year"))

    def to_python(self, value: Any) -> date | None:
        """The date. Raises ValidationError that says what is missing or wrong."""
        month, day, year = typed = [readable(part or "").strip() for part in value]
        if not any(typed):
            return None
        self._refuse_missing([part for part, text in zip(self.parts, typed, strict=True) if not text])
        if not (year.isdecimal() and len(year) == 4):
            raise ValidationError(self.error_messages["year"], "year")
        try:
            born = date(int(year), month_number(month), int(day))
        except ValueError as error:
            raise ValidationError(self.error_messages["unreal"], "unreal") from error
        if born > timezone.localdate():
            raise ValidationError(self.error_messages["future"], "future")
        return born

    def _refuse_missing(self, parts: list[Any]) -> None:
        if len(parts) == 1:
            raise ValidationError(self.error_messages["missing"], "missing", {"part": parts[0]})
        if parts:
            raise ValidationError(self.error_messages["missing_two"], "missing", {"part": parts[0], "other": parts[1]})


def month_number(typed: str) -> int:
    """1 to 12 of "4", "04", "April", "Apr." or "abril". Raises ValueError."""
    if typed.isdecimal():
        return int(typed)
    start = typed.casefold().rstrip(".")
    for language, _name in settings.LANGUAGES:
        with override(language):
            found = [number for number, name in MONTHS.items() if name.casefold().startswith(start)]
        if found and len(start) >= 3:
            return found[0]
    raise ValueError(typed)
