"""Change pages on which two people at once cannot lose each other’s words."""

import re
from collections.abc import Iterator
from copy import copy
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation.audit.models import Record


class FreshRows(forms.BaseInlineFormSet):
    """The rows of a page that somebody else may have saved since: each stands by its own stored row, whatever came or went.

    A row that was deleted meanwhile could never be saved again, so it is taken out of what was sent; `apart` tells its words.
    """

    model: type[Model]
    prefix: str
    data: MultiValueDict[str, Any]
    files: MultiValueDict[str, Any]

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(data, files, **kwargs)
        self.gone: list[dict[str, str]] = []
        if self.is_bound:
            stored = {str(row.pk): row for row in self.get_queryset()}
            sent = [self.data.get(self._name(i, self.model._meta.pk.name)) for i in range(self.initial_form_count())]
            self._take_out([i for i, pk in enumerate(sent) if pk not in stored])
            self._queryset = [stored.pop(pk) for pk in sent if pk in stored] + list(stored.values())

    def apart(self) -> Iterator[dict[str, Any]]:
        """What was typed into rows that are gone, and what stands in rows that are new, as `_differences` tells it."""
        nowhere = _("%(part)s, deleted meanwhile") % {"part": self.model._meta.verbose_name}
        for typed in self.gone:
            for name, words in typed.items():
                yield {"part": nowhere, "label": self.form.base_fields[name].label, "stored": "", "typed": words}
        for row in self.get_queryset()[self.initial_form_count() :]:
            unbound = self.form(instance=row)
            for field in (unbound[name] for name in self.form.base_fields):
                if field.value():
                    yield {"part": row, "label": field.label, "stored": field.value(), "typed": ""}

    def _name(self, row: int, field: str) -> str:
        return f"{self.add_prefix(row)}-{field}"

    def _take_out(self, rows: list[int]) -> None:
        """Moves the rows after them up."""
        if not rows:
            return
        names = self.form.base_fields
        self.gone = [{name: words for name in names if (words := self.data.get(self._name(i, name)))} for i in rows]
        counts = {kind: getattr(self, f"{kind.lower()}_form_count")() - len(rows) for kind in ("INITIAL", "TOTAL")}
        self.data = self._renumbered(self.data, rows)
        self.files = self._renumbered(self.files, rows) if self.files else self.files
        for kind, count in counts.items():
            self.data[f"{self.prefix}-{kind}_FORMS"] = str(count)
        del self.management_form

    def _renumbered(self, sent: MultiValueDict[str, Any], without: list[int]) -> MultiValueDict[str, Any]:
        kept: MultiValueDict[str, Any] = MultiValueDict()
        for name, values in sent.lists():
            found = re.fullmatch(rf"{re.escape(self.prefix)}-(\d+)-(.+)", name)
            if found is None:
                kept.setlist(name, values)
            elif int(found[1]) not in without:
                place = int(found[1]) - sum(row < int(found[1]) for row in without)
                kept.setlist(self._name(place, found[2]), values)
        return kept


class FreshForm(forms.ModelForm):
    """Refuses to save over what somebody else saved meanwhile: told by `changed_at`, or without it by the audit's last record.

    The typed text stays in the form; saving once more, now with the other's text in sight, is allowed.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    overtaken = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = self.state(self.instance)

    def clean(self) -> dict[str, Any] | None:
        """Compares with the row as `FreshAdmin.get_object` locked it, so that two saves at one moment cannot both pass."""
        cleaned = super().clean()
        seen, now = self.cleaned_data.get("seen", ""), self.initial.get("seen", "")
        if self.add_prefix("seen") in self.data and _differs(seen, now):  # every page of ours sends it
            self.overtaken = True
            data: Any = copy(self.data)
            data[self.add_prefix("seen")] = now
            self.data = data
            advice = _(
                "This was changed while you were writing. Nothing was saved and your words are still here. Compare, then save again."
            )
            self.add_error(None, forms.ValidationError([advice, *self.changes_since(self.instance, seen)], "overtaken"))
        return cleaned

    @classmethod
    def records(cls, obj: Any) -> QuerySet[Record]:
        """Those that say that something was changed which this form shows."""
        return Record.objects.about(obj)

    @classmethod
    def state(cls, obj: Any) -> str:
        """What every save renews, and the number of its latest audit record."""
        latest = cls.records(obj).values_list("sequence", flat=True).first() or 0
        return f"{obj.changed_at.isoformat() if hasattr(obj, 'changed_at') else latest} {latest}"

    @classmethod
    def last_erasing(cls, obj: Any) -> int:
        """The number of the record which says that words of it were erased; 0 without one."""
        return Record.objects.about(obj).of_erasing().values_list("sequence", flat=True).first() or 0

    @classmethod
    def is_erased_since(cls, obj: Any, seen: str) -> bool:
        """Whether a page that was opened on the state `seen` holds words that were erased."""
        return cls.last_erasing(obj) > (_number(seen) or 0)

    @classmethod
    def changes_since(cls, obj: Any, seen: str) -> list[str]:
        """Sentences for the person who comes second: who changed what."""
        number = _number(seen)
        since = Record.objects.none() if number is None else cls.records(obj).filter(sequence__gt=number)
        return [
            _("%(who)s %(verb)s this on %(when)s%(what)s.")
            % {
                "who": row.actor,
                "verb": row.verb,
                "when": date_format(timezone.localtime(row.at), "j M Y, H:i"),
                "what": f" ({', '.join(row.detail['fields'])})" if "fields" in row.detail else "",
            }
            for row in since[:5]
        ]


def _number(seen: str) -> int | None:
    """Of the latest record in a state that a form sent."""
    number = seen.partition(" ")[2]
    return int(number) if number.isdecimal() and len(number) < 19 else None


def _differs(seen: str, now: str) -> bool:
    return seen.partition(" ")[0] != now.partition(" ")[0]


class FreshAdmin(admin.ModelAdmin):
    """Of every change form in the admin. A form of its own is a `FreshForm` as well."""

    form: type[FreshForm] = FreshForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for name in super().get_fields(request, obj) if name != "seen"]  # stands on top of every form

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row as it stands; while a form is saved, nobody else can change it."""
        obj = super().get_object(request, object_id, from_field)
        if obj is None or request.method != "POST" or not connection.in_atomic_block:
            return obj
        self.model._base_manager.select_for_update().filter(pk=obj.pk).first()
        return super().get_object(request, object_id, from_field)

    def news_since(self, obj: Any, seen: str) -> list[str]:
        return self.form.changes_since(obj, seen) if seen and _differs(seen, self.form.state(obj)) else []

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Model | None = None) -> Iterator[tuple[Any, Any]]:
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            yield type(formset.__name__, (FreshRows, formset), {}), inline

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        form = context["adminform"].form
        if getattr(form, "overtaken", False):
            formsets = [inline.formset for inline in context["inline_admin_formsets"]]
            parts = [part for formset in formsets for part in formset.initial_forms]
            context["stored"] = [row for each in [form, *parts] for row in _differences(each)]
            context["stored"] += [row for formset in formsets for row in formset.apart()]
        if request.FILES and context["errors"]:
            messages.warning(request, _("Choose your file again: a page that comes back with an error cannot keep it."))
        return super().render_change_form(request, context, *args, **kwargs)


def _differences(form: forms.ModelForm) -> list[dict[str, Any]]:
    """The fields of a bound form whose stored value is not the typed one."""
    stored = type(form.instance)._base_manager.filter(pk=form.instance.pk).first()
    if stored is None:
        return []
    unbound = type(form)(instance=stored, prefix=form.prefix)
    pairs = [(unbound[field.name], form[field.name]) for field in stored._meta.fields if field.name in form.base_fields]
    return [
        {"part": stored, "label": now.label, "stored": now.value(), "typed": typed.value()}
        for now, typed in pairs
        if typed.field.has_changed(now.initial, typed.data)
    ]
