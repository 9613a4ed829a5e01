import re
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import Max, URLField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from conditions.admin.translation import EmptySections
from conditions.models import Section, Source
from foundation.adminkit.forms import PartInline, TabularPart
from foundation.adminkit.picture_forms import PICTURE_FIELDS, PictureForm, Thumbnail
from foundation.pictures.models import LibraryPicture
from foundation.prose.text import safe_html


class PlacedForm(forms.ModelForm):
    """A row whose place may be left empty: it then comes last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "order" in self.fields:
            self.fields["order"].required = False
            if not self.instance.pk:
                self.initial["order"] = None

    def clean_order(self) -> int:
        """One more than the last place so far."""
        typed = self.cleaned_data["order"]
        if typed is not None:
            return int(typed)
        edition = self.instance.edition_id
        last = type(self.instance)._base_manager.filter(edition=edition).aggregate(last=Max("order"))["last"]
        return (0 if last is None else last + 1) if edition else 0


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
