"""How the forms of `Translated` rows take each language of the site: a group of boxes, one for each field that is translated."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from foundation.adminkit.edit_conflicts import FreshAdmin, FreshForm
from foundation.pages.languages import language_name, runs_right_to_left
from foundation.pages.models import Translated


def _boxes(model: type[Translated]) -> dict[str, tuple[str, str]]:
    others = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    return {f"{name}_{code}": (code, name) for code in others for name in model.translated}


class TranslatedForm(FreshForm):
    """Its boxes begin with what is stored; `Translated.clean` says what is wrong with a translation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for box, (code, name) in _boxes(self._meta.model).items():
            self.initial.setdefault(box, self.instance.translations.get(code, {}).get(name, ""))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        found: dict[str, dict[str, str]] = {}
        for box, (code, name) in _boxes(self._meta.model).items():
            if box in self.fields:
                found.setdefault(code, {})[name] = self.cleaned_data.get(box, "")
        self.instance.translations = self.instance.translations | found
        return cleaned


class TranslatedAdmin(FreshAdmin):
    """`form` is a `TranslatedForm`. Who may only read sees the translations as they are stored."""

    form: type[FreshForm] = TranslatedForm

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        boxes = {box: self._box(request, *place) for box, place in _boxes(self.model).items()}
        kwargs["form"] = type(self.form.__name__, (self.form,), boxes)
        return super().get_form(request, obj, change=change, **kwargs)

    def _box(self, request: HttpRequest, code: str, name: str) -> forms.Field:
        box: Any = self.formfield_for_dbfield(self.opts.get_field(name), request, required=False)  # type: ignore[arg-type]
        box.help_text = ""
        box.widget.attrs |= {"lang": code, "dir": "rtl" if runs_right_to_left(code) else "ltr"}
        return box

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is not translated stands in the first language on the pages of the others, marked as such."""
        own = super().get_fieldsets(request, obj)
        if obj and not self.has_change_permission(request, obj):
            return [*own, (_("Other languages"), {"fields": ["translations"]})]
        groups: dict[str, list[str]] = {}
        for box, (code, _name) in _boxes(self.model).items():
            groups.setdefault(language_name(code), []).append(box)
        words = _("A box left empty: families read the text above, marked with its language.")
        return [*own, *((language, {"fields": boxes, "description": words}) for language, boxes in groups.items())]
