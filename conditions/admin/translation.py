"""The English beside a translation: in the form, and what is to know on top of it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string

from conditions.comparison import Place
from conditions.models import Edition, Translation
from conditions.translations import EnglishBeside, live_english
from directory.models import Clinician
from foundation.adminkit.edit_conflicts import FreshForm
from foundation.adminkit.forms import NamedDeletion, PartInline
from foundation.adminkit.panels import TOP, Panel


def english_beside(edition: Edition) -> EnglishBeside | None:
    """For an open draft that follows an English text."""
    translation = getattr(edition, "translation", None) if edition.pk and edition.is_open else None
    return EnglishBeside(edition) if translation and translation.of else None


def _show(field: forms.Field, place: Place | None, version: int) -> None:
    if place and place.rows:
        facts = {"place": place, "version": version}
        field.help_text = render_to_string("admin/conditions/edition/_english.html", facts)


class EditionForm(FreshForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "asked" in self.fields:
            self._offer_reviewers(self.fields["asked"])
        if english := english_beside(self.instance):
            for name in self.fields.keys() & english.fields.keys():
                _show(self.fields[name], english.fields[name], english.version)

    def _offer_reviewers(self, field: Any) -> None:
        """Those who can sign: with an account. Who was asked already stays."""
        asked = [clinician.pk for clinician in self.initial.get("asked") or ()]
        field.widget = forms.SelectMultiple(attrs={"size": 4, "aria-describedby": "id_asked_helptext"})
        field.queryset = Clinician.objects.filter(Q(user__isnull=False) | Q(pk__in=asked))


class EmptySections(NamedDeletion):
    """A section may stay empty while somebody writes; it may not be signed so. Beside a translation stands its English."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.english = english_beside(self.instance)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "body" not in form.fields:
            return
        form.fields["body"].required = False
        if self.english and form.instance.pk:
            _show(form.fields["body"], self.english.take_section(form.instance.kind), self.english.version)


class TranslationInline(PartInline, admin.StackedInline):
    model = Translation
    fk_name = "edition"
    fields = ["translated_by", "machine_used", "checked_by"]
    max_num = min_num = 1
    can_delete = False


class TranslationPanel(Panel):
    """Which English the draft follows, what changed in it, and whether there is a newer one."""

    template = "admin/conditions/edition/_translation.html"
    place = TOP

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any] | None:
        english = english_beside(obj)
        if english is None:
            return None
        newest = live_english(obj.condition)
        is_behind = newest and newest.pk != obj.translation.of_id
        return {"english": english, "newest": newest if is_behind else None}
