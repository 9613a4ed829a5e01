from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.prose.typed import prose

LONGEST = 200


class Question(forms.CharField):
    """Whatever was typed, made searchable: nothing that someone can type is an error."""

    def to_python(self, value: object) -> str:
        """Without what nobody can see, and cut at `LONGEST` characters."""
        return prose(str(value or "")[: 2 * LONGEST], lines=False)[:LONGEST]


class SearchForm(forms.Form):
    q = Question(
        label=_("What are you looking for?"),
        required=False,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "autocapitalize": "none", "maxlength": LONGEST}
        ),
    )
