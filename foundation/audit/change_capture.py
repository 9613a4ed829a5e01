"""What a form of the admin changed in the database: read before it saves, compared when the record is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from foundation.audit.values import Change, State, changes, stored


@dataclass(frozen=True)
class Seen:
    """A row and its kept values from before; of a row of an inline, `part` says which, and `parent` names its foreign key."""

    model: type[Model]
    pk: Any
    old: State
    part: str = ""
    parent: str = ""

    def changes(self) -> Iterator[Change]:
        """Compared with what is stored by now."""
        old, new = ({**state, self.parent: None} for state in (self.old, stored(self.model, self.pk)))
        for change in changes(self.model, old, new):
            yield Change(field=f"{self.part}{change['field']}", old=change["old"], new=change["new"])


class Watching(admin.ModelAdmin):
    """Remembers, while one form is saved, the rows that it and its inlines touch."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        old = stored(type(obj), obj.pk)
        super().save_model(request, obj, form, change)
        _seen(request).append(Seen(type(obj), obj.pk, old))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        changed = [each.instance for each in formset.initial_forms if each.has_changed()]
        seen = [_part(row, stored(type(row), row.pk), formset) for row in changed]
        super().save_formset(request, form, formset, change)
        _seen(request).extend([*seen, *(_part(row, {}, formset) for row in formset.new_objects)])


def taken_changes(request: HttpRequest) -> list[Change]:
    """What the form just saved changed; asked once."""
    found = [change for seen in _seen(request) for change in seen.changes()]
    _seen(request).clear()
    return found


def _seen(request: HttpRequest) -> list[Seen]:
    return request.__dict__.setdefault("audit_seen", [])


def _part(row: Model, old: State, formset: Any) -> Seen:
    return Seen(type(row), row.pk, old, f"{row._meta.verbose_name} “{row}”, ", formset.fk.name)
