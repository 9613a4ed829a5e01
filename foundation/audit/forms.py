from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.audit.models import Record, RecordQuerySet
from foundation.prose.days import Day, midnight
from foundation.prose.typed import Prose

TOPICS: dict[str, tuple[Any, Callable[[RecordQuerySet], RecordQuerySet]]] = {}  # what goes across kinds, from rooms above


def names_of_kinds() -> dict[str, Any]:
    models = sorted(apps.get_models(), key=lambda model: str(model._meta.verbose_name).casefold())
    return {model._meta.label_lower: model._meta.verbose_name for model in models}


def kinds() -> list[tuple[Any, Any]]:
    """First those with pages of their own, then what is kept behind them."""
    own: list[tuple[str, Any]] = []
    behind: list[tuple[str, Any]] = []
    for kind, name in names_of_kinds().items():
        (own if admin.site.is_registered(apps.get_model(kind)) else behind).append((kind, name))
    topics = [(name, label) for name, (label, _rows) in TOPICS.items()]
    return [("", _("Every kind")), *topics, *own, (_("Kept behind them"), behind)]


class RecordFilter(forms.Form):
    """Each question is answered by an index: whole names and references, not parts of them."""

    who = Prose(label=_("Who"), max_length=150, required=False)
    about = Prose(label=_("Reference, name or number"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Of what kind"), choices=kinds, required=False)
    since = Day(label=_("From"), required=False)
    until = Day(label=_("To"), required=False)
    before = forms.IntegerField(required=False, max_value=2**63 - 1, widget=forms.HiddenInput)

    def rows(self) -> RecordQuerySet:
        """None where an answer does not fit. Days are the site's calendar."""
        if not self.is_valid():
            return Record.objects.none()
        asked = self.cleaned_data
        rows = Record.objects.newest_first()
        if asked["who"]:
            rows = rows.filter(actor=asked["who"])
        if asked["kind"] in TOPICS:
            rows = TOPICS[asked["kind"]][1](rows)
        elif asked["kind"]:
            rows = rows.filter(kind=asked["kind"])
        if asked["about"]:
            rows = rows.filter(self._about(asked["about"]))
        if asked["since"]:
            rows = rows.filter(at__gte=midnight(asked["since"]))
        if asked["until"]:
            rows = rows.filter(at__lt=midnight(asked["until"] + timedelta(days=1)))
        last = Record.objects.filter(sequence=asked["before"]).first() if asked["before"] else None
        return rows.older_than(last) if last else rows

    def _about(self, words: str) -> Q:
        """A reference as it is typed, a name as it is written; a number of a record, or of an object of the chosen kind."""
        named = Q(label__in={words, words.upper()})
        if not (words.isascii() and words.isdecimal() and len(words) < 19):
            return named
        return named | (Q(object_id=words) if self.cleaned_data["kind"] else Q(sequence=int(words)))
