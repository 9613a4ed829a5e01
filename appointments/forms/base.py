"""What every page of questions has in common: how it is drawn, what it hands over, how it is read again."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.utils import formats
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from appointments.forms.fields import DateBoxes
from foundation.prose.typed import prose

LONGEST, MOST = 10_000, 50  # letters of an answer and answers to a question that we keep while something is wrong
QUESTIONS = "questions"  # the id of the form: buttons that stand outside it belong to it by this name
Answers = dict[str, list[str]]


class StepForm(forms.Form):
    """One page of questions; an answer may lead away from the form to a page of its own (`leads_to`)."""

    title: Any
    short: Any  # the same among the steps
    lead: Any = ""
    action = ""  # where the answers go, if not to the page itself
    summary: ClassVar[dict[str, Any]] = {}  # what the check page says of this step: question, in short, by field
    sometimes: ClassVar[set[str]] = set()  # asked in some cases only; nothing is said of them where they are empty
    unmarked: ClassVar[set[str]] = set()  # further ones that are neither needed nor marked “(optional)”
    layout: ClassVar[Layout | None] = None

    def __init__(self, typed: Mapping[str, list[str]] | None = None, *, asker: str = "") -> None:
        """`typed` are the answers to judge; `asker` is `Request.Asker` as far as it is known."""
        data = None if typed is None else MultiValueDict(typed)
        super().__init__(data, use_required_attribute=False, label_suffix="")
        self.who_asks = asker
        self.leads_to = ""

    @property
    def for_oneself(self) -> bool:
        """Whether the patient asks, so that we say “you” instead of “your child”."""
        return self.who_asks == "patient"

    def rename(self, name: str, label: Any, *, empty: Any = "") -> None:
        self.fields[name].label = label
        if empty:
            self.fields[name].error_messages["required"] = empty

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper(self)
        helper.layout = Layout(self.layout or Layout(*self.fields), Submit("", _("Continue")))
        helper.form_id, helper.form_action, helper.attrs = QUESTIONS, self.action, {"novalidate": True}
        return helper

    def answers_in(self, sent: MultiValueDict) -> Answers:
        """Those of the answers sent that belong to this form, fit to be stored and shown."""
        return {name: [_shorten(text) for text in sent.getlist(name)[:MOST]] for name in self._names() if name in sent}

    def _names(self) -> Iterable[str]:
        for name, field in self.fields.items():
            if isinstance(field.widget, DateBoxes):
                yield from (f"{name}_{part}" for part in field.widget.labels)
            else:
                yield name

    def show(self, typed: Answers) -> None:
        """Puts stored answers into the unanswered form: to be read, and judged only when they are sent again."""
        data = MultiValueDict(typed)
        self.initial = {name: field.widget.value_from_datadict(data, {}, name) for name, field in self.fields.items()}

    def columns(self) -> dict[str, Any]:
        """The answers as columns of Request; dictionaries as `appointments.choices` says."""
        raise NotImplementedError

    @property
    def optional(self) -> set[str]:
        return {name for name, field in self.fields.items() if not field.required} - self.sometimes - self.unmarked

    def rows(self) -> list[tuple[str, Any, Any]]:
        """(name, question, answer in words or "") as the check page shows them. Only of a valid form.

        An answer may be `Named`, in another language than the page.
        """
        return [
            (name, label, self._answer(name))
            for name, label in self.summary.items()
            if self.cleaned_data[name] or name not in self.sometimes
        ]

    def _answer(self, name: str) -> Any:
        value, choices = self.cleaned_data[name], getattr(self.fields[name], "choices", None)
        if choices is not None:
            labels = dict(choices)
            return ", ".join(str(labels[each]) for each in value) if isinstance(value, list) else labels.get(value, "")
        return formats.date_format(value) if isinstance(value, date) else str(value or "")


def _shorten(text: str) -> str:
    """Cut before it is read letter by letter: a megabyte costs no more than a note. A line may end in two letters."""
    return prose(text[: 2 * LONGEST])[:LONGEST]
