"""The audit record in the admin: to read, never to change; and the mixin that makes every admin write it."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from foundation.audit.actions import record
from foundation.audit.models import Record


class AuditedAdmin(admin.ModelAdmin):
    """Every addition, change and deletion made in the admin leaves an audit record, in the same transaction."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Beside Django's own log entry."""
        record(by=request.user, verb="added", obj=obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """With the names of the changed fields and inlines."""
        record(by=request.user, verb="changed", obj=obj, fields=_changed(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """One record per object."""
        for obj in queryset:
            record(by=request.user, verb="deleted", obj=obj)
        return super().log_deletions(request, queryset)


def _changed(message: Any) -> list[str]:
    """Field names from Django's change message (a list of dictionaries, or a sentence)."""
    parts = message if isinstance(message, list) else []
    details = [detail for part in parts for detail in part.values()]
    return [field for detail in details for field in detail.get("fields", [detail.get("name", "")])]


@admin.register(Record)
class RecordAdmin(admin.ModelAdmin):
    """Read only; every staff member with the view permission."""

    list_display = ["sequence", "at", "actor", "verb", "kind", "label"]
    list_filter = ["verb", "kind"]
    search_fields = ["actor", "label", "object_id"]
    date_hierarchy = "at"
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False
