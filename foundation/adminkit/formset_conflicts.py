"""The rows below an object that two people may have open at once."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Model
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _


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
