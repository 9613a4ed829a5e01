import re
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import Max, Q, URLField
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from conditions.comparison import Place
from conditions.models import Edition, Section, Source, Translation
from conditions.translations import EnglishBeside, live_english
from directory.models import Clinician
from foundation.adminkit.edit_conflicts import FreshForm
from foundation.adminkit.forms import NamedDeletion, PartInline, TabularPart
from foundation.adminkit.panels import TOP, Panel
from foundation.adminkit.picture_forms import PICTURE_FIELDS, PictureForm, Thumbnail
from foundation.pictures.models import LibraryPicture
from foundation.prose.text import safe_html


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


class PlacedForm(forms.ModelForm):
    """A row whose place may be left empty: it then comes last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "order" in self.fields:
            self.fields["order"].required = False
            if not self.instance.pk:
                self.initial["order"] = None

    def clean_order(self) -> int:
        typed = self.cleaned_data["order"]
        if typed is not None:
            return int(typed)
        edition = self.instance.edition_id
        last = type(self.instance)._base_manager.filter(edition=edition).aggregate(last=Max("order"))["last"]
        return 0 if last is None else last + 1


class LibraryField(forms.ModelChoiceField):
    """Typed, with what the library holds proposed below: one list for all sections of a page. A picture is “its words (#12)”."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        number = re.search(r"#?(\d{1,18})\)?\s*$", str(value or ""), re.ASCII)
        return super().to_python(number[1] if number else value)


def library_search() -> str:
    """Where pictures are looked up by their words: the address belongs to the library's own link."""
    link = LibraryPicture._meta.get_field("replaced_by")
    facts = {"app_label": link.model._meta.app_label, "model_name": link.model._meta.model_name, "field_name": link.name}
    return f"{reverse('admin:autocomplete')}?{urlencode(facts)}"


class SectionForm(PictureForm, PlacedForm):
    library = LibraryField(queryset=LibraryPicture.objects.all(), label=_("From the library"), required=False)


class SectionInline(Thumbnail, PartInline, admin.StackedInline):
    model = Section
    form = SectionForm
    formset = EmptySections
    readonly_fields = ["thumbnail", "text"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return Section.objects.with_pictures()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        own = [("order", "kind"), "heading"]
        if not self.has_change_permission(request, obj):
            return [*own, "text", "thumbnail", "picture_alt", "picture_caption"]
        return [*own, "body", *PICTURE_FIELDS]

    @admin.display(description=_("text"))
    def text(self, row: Section) -> SafeString:
        return safe_html(row.body)


class SourceInline(TabularPart):
    model = Source
    form = PlacedForm
    fields = ["order", "title", "publisher", "url", "language", "date"]
    formfield_overrides = {URLField: {"widget": forms.URLInput(attrs={"class": "vURLField"}), "assume_scheme": "https"}}
