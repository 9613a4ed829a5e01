"""What readers may send: a filter, an answer to “Did this page help?”, a comment on a draft."""

import string
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy as _

from conditions.models import Condition
from directory.models import Department
from foundation.prose.typed import Prose

YES, NO = "yes", "no"
OTHER_LETTER = "other"  # what `#` is called in addresses


class LetterFilter(forms.Form):
    """Which letter of a long list, and which page of it; one that cannot be counts as not chosen."""

    letter = forms.ChoiceField(
        required=False, choices=[(letter, letter) for letter in (OTHER_LETTER, *string.ascii_uppercase)]
    )

    page = forms.IntegerField(required=False, min_value=1, max_value=1000)

    def clean_letter(self) -> str:
        letter = self.cleaned_data["letter"]
        return "#" if letter == OTHER_LETTER else letter


class IndexFilter(LetterFilter):
    """Which department's conditions to list; nothing chosen means all."""

    department = forms.ChoiceField(
        label=_("Department"),
        required=False,
        error_messages={"invalid_choice": _("We have no department at this address, so here are all conditions.")},
    )

    def __init__(self, data: Any, departments: Iterable[Department]) -> None:
        super().__init__(data)
        choices = [("", _("All departments")), *((row.slug, row.words["name"]) for row in departments)]
        self.fields["department"].choices = choices  # type: ignore[attr-defined]


class GlossaryFilter(LetterFilter):
    """Or the page that holds a word, by its slug."""

    word = forms.SlugField(required=False, max_length=100)


class ConditionFilter(forms.Form):
    """Of which condition to list stories or news; one that readers cannot see counts as none."""

    condition = forms.SlugField(required=False, max_length=100)

    def chosen(self) -> Condition | None:
        slug = self.cleaned_data["condition"] if self.is_valid() else ""
        return Condition.objects.readable(get_language() or "en").filter(slug=slug).first() if slug else None


class FeedbackForm(forms.Form):
    helpful = forms.ChoiceField(
        label=_("Did this page help?"),
        choices=[(YES, _("Yes")), (NO, _("No"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select yes or no"), "invalid_choice": _("Select yes or no")},
    )
    comment = Prose(
        label=_("What could be better? (optional)"),
        help_text=_("Up to 300 characters. Leave out names and anything about your child’s health."),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("Shorten your line to 300 characters. It has %(show_value)d now.")},
    )
    adds = forms.BooleanField(required=False)  # words to an answer that was sent before

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="feedback-%s", use_required_attribute=False)

    def clean_helpful(self) -> bool:
        return bool(self.cleaned_data["helpful"] == YES)


class RemarkForm(forms.Form):
    """A comment through a preview link, on one section or (`section` is empty) on the whole page."""

    section = forms.IntegerField(required=False, widget=forms.HiddenInput)
    words = Prose(
        label=_("Your comment"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": _("Write your comment"),
            "max_length": _("Shorten your comment to 2000 characters. It has %(show_value)d now."),
        },
    )
    who = Prose(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={
            "required": _("Write your name"),
            "max_length": _("Shorten your name to 100 characters. It has %(show_value)d now."),
        },
    )
    optional: frozenset[str] = frozenset()  # the template pack marks these

    def __init__(self, data: Any = None, *, section: int | None = None, who: str = "") -> None:
        self.about = section
        super().__init__(
            data,
            auto_id=f"remark-{section or 'page'}-%s",
            initial={"section": section, "who": who},
            use_required_attribute=False,
            label_suffix="",
        )
