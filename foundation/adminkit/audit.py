"""Admins that write the audit record: every addition, change and deletion, with old and new values where they are kept."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Model, TextField
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin

from foundation.adminkit.edit_conflicts import FreshAdmin
from foundation.adminkit.forms import AutocompleteAdmin, RowsAdmin
from foundation.audit.actions import record
from foundation.audit.models import Record
from foundation.audit.values import Change, State, compare, stored_values
from foundation.paginator import FirstPaginator
from foundation.search.findable import Searched

LINK = r'<a href="{index}(\w+)/(\w+)/[^"/]+/change/[^"]*">(.*?)</a>'


class OwnLinksAdmin(admin.ModelAdmin):
    """Where a link would lead to a refusal, its words stand alone."""

    def render_change_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: Any = super().render_change_form(request, *args, **kwargs)
        response.add_post_render_callback(partial(self._leave_words_alone, request))
        return response

    def _leave_words_alone(self, request: HttpRequest, response: HttpResponse) -> None:
        def words(link: re.Match[str]) -> str:
            return link[3] if self._is_refused(request, link[1], link[2]) else link[0]

        found = re.compile(LINK.format(index=re.escape(reverse("admin:index"))), re.DOTALL)
        response.content = found.sub(words, response.content.decode()).encode()

    def _is_refused(self, request: HttpRequest, app: str, model: str) -> bool:
        """Not an address that only a text names, and that leads nowhere."""
        try:
            kind = self.admin_site.get_model_admin(apps.get_model(app, model))
        except (LookupError, NotRegistered):
            return False
        return not kind.has_view_permission(request)


class Lines(AdminTextareaWidget):
    """Browsers send line ends as CR LF; stored text has LF, so that saving what nobody touched changes nothing."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if value else value


@dataclass(frozen=True)
class RowBefore:
    """A row and its kept values from before; of a row of an inline, `part` says which, and `parent` names its foreign key."""

    model: type[Model]
    pk: Any
    old: State
    part: str = ""
    parent: str = ""

    def changes(self) -> Iterator[Change]:
        old, new = ({**state, self.parent: None} for state in (self.old, stored_values(self.model, self.pk)))
        for change in compare(self.model, old, new):
            yield Change(field=f"{self.part}{change['field']}", old=change["old"], new=change["new"])


class AuditedAdmin(OwnLinksAdmin, RowsAdmin, FreshAdmin, AutocompleteAdmin):
    """Every addition, change and deletion made in the admin leaves an audit record, in the same transaction.

    By these records a form learns that a colleague saved meanwhile. Django's own log of the admin, which says less, is not written.
    """

    list_per_page, paginator = 50, FirstPaginator
    object_history_template = "admin/audit_history.html"
    formfield_overrides = {TextField: {"widget": Lines}}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)  # in place of “Select user to change”
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        records = Record.objects.filter(kind=self.opts.label_lower, object_id=unquote(object_id))[:200]
        return super().history_view(request, object_id, {"records": records, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        old = stored_values(type(obj), obj.pk)
        super().save_model(request, obj, form, change)
        _rows_before(request).append(RowBefore(type(obj), obj.pk, old))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Rows that belong to it were saved after it: the search learns them now."""
        super().save_related(request, form, formsets, change)
        if isinstance(form.instance, Searched):
            form.instance.store_search_entries()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        def part(row: Model, old: State) -> RowBefore:
            return RowBefore(type(row), row.pk, old, f"{row._meta.verbose_name} “{row}”, ", formset.fk.name)

        changed = [each.instance for each in formset.initial_forms if each.has_changed()]
        before = [part(row, stored_values(type(row), row.pk)) for row in changed]
        super().save_formset(request, form, formset, change)
        _rows_before(request).extend([*before, *(part(row, {}) for row in formset.new_objects)])

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self.recorded(record(by=request.user, verb="added", obj=obj, changes=_take_changes(request)))

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """With the names of the changed fields and inlines. A message that is a single word is the verb."""
        verb = message if isinstance(message, str) and message.isalpha() else "changed"
        fields = changed_fields(message)
        self.recorded(record(by=request.user, verb=verb, obj=obj, fields=fields, changes=_take_changes(request)))

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            last = compare(type(obj), stored_values(type(obj), obj.pk), {})
            self.recorded(record(by=request.user, verb="deleted", obj=obj, changes=last))

    def recorded(self, row: Record) -> None:
        """Called with each record, in its transaction, for who has to tell somebody of it."""


def _rows_before(request: HttpRequest) -> list[RowBefore]:
    return request.__dict__.setdefault("audit_rows_before", [])


def _take_changes(request: HttpRequest) -> list[Change]:
    """What the form just saved changed; asked once."""
    found = [change for row in _rows_before(request) for change in row.changes()]
    _rows_before(request).clear()
    return found


def changed_fields(message: Any) -> list[str]:
    """Field labels from Django's change message (a list of dictionaries, or a sentence)."""
    parts = message if isinstance(message, list) else []
    details = [detail for part in parts for detail in part.values()]
    return [field for detail in details for field in detail.get("fields", [detail.get("name", "")])]


class HistoryAdmin(SimpleHistoryAdmin):
    """Old and new values of every save, to read. Putting an old version back would also put back whether it was shown."""

    object_history_list_template = "admin/history_list.html"

    def revert_disabled(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def get_urls(self) -> list[URLPattern]:
        return super(SimpleHistoryAdmin, self).get_urls()  # without the form that puts back an old version
