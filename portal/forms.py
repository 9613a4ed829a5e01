"""What visitors may ask the front door."""

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 200


class Question(forms.CharField):
    """Whatever was typed, made searchable: nothing that someone can type is an error."""

    def to_python(self, value: object) -> str:
        """Without NUL and lone surrogates, which no database takes, and cut at `LONGEST` characters."""
        typed = str(value or "").replace("\x00", "").encode(errors="ignore").decode()
        return typed.strip()[:LONGEST]


class SearchForm(forms.Form):
    """The search box."""

    q = Question(
        label=_("What are you looking for?"),
        required=False,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "autocapitalize": "none", "maxlength": LONGEST}
        ),
    )
