from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, gettext_lazy

from foundation.audit.forms import RecordFilter, names_of_kinds
from foundation.audit.models import Record
from foundation.paginator import FirstPaginator

ON_A_PAGE = 50


class NeverAdded:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NeverDeleted:
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(NeverAdded, NeverDeleted, admin.ModelAdmin):
    paginator = FirstPaginator

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Record)
class RecordAdmin(ReadOnlyAdmin):
    fields = ["sequence", "at", "actor", "verb", "kind", "object_id", "label", "what", "previous_hash", "hash"]
    readonly_fields = ["what"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Says who did what, and when. Nothing is counted, so it costs the same however many records there are."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = RecordFilter(request.GET)
        rows = list(form.rows()[: ON_A_PAGE + 1])
        shown, names = rows[:ON_A_PAGE], names_of_kinds()
        addresses = self._addresses(request, shown)
        entries = [(row, names.get(row.kind, row.kind), addresses.get((row.kind, row.object_id))) for row in shown]
        older = shown[-1].sequence if len(rows) > ON_A_PAGE else None
        query = request.GET.copy()
        query.pop("before", None)
        context = {"title": _("Who did what"), "form": form, "entries": entries, "older": older, "asked": query.urlencode()}
        context = self.admin_site.each_context(request) | {"opts": self.opts, "is_nav_sidebar_enabled": False} | context
        return TemplateResponse(request, "admin/audit/list.html", context)

    def _addresses(self, request: HttpRequest, rows: Iterable[Record]) -> dict[tuple[str, str], str]:
        """By kind and number where staff see the object, if it is there and this person may. A query for each kind."""
        by_kind: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            by_kind[row.kind].add(row.object_id)
        return {(kind, pk): address for kind, pks in by_kind.items() for pk, address in self._of_kind(request, kind, pks)}

    def _of_kind(self, request: HttpRequest, kind: str, pks: set[str]) -> list[tuple[str, str]]:
        try:
            model = apps.get_model(kind)
            model_admin = self.admin_site.get_model_admin(model)
        except (LookupError, ValueError, NotRegistered):
            return []
        if not model_admin.has_view_permission(request):
            return []
        known = []
        for pk in pks:
            with suppress(ValidationError):
                known.append(model._meta.pk.to_python(pk))
        found = model._base_manager.filter(pk__in=known).order_by().values_list("pk", flat=True)
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        return [(str(pk), reverse(name, args=[pk])) for pk in found]

    @admin.display(description=gettext_lazy("what"))
    def what(self, row: Record) -> SafeString:
        return format_html_join("", "<p>{}</p>", ((line,) for line in [*row.lines, *row.facts]))
