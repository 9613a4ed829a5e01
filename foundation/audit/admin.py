"""The audit record in the admin: to read, never to change."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from foundation.audit.models import Record


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Record)
class RecordAdmin(ReadOnlyAdmin):
    list_display = ["sequence", "at", "actor", "verb", "kind", "label", "what"]
    list_display_links = ["sequence", "label"]
    list_filter = ["verb", "kind"]
    search_fields = ["actor", "label", "=object_id"]
    date_hierarchy = "at"
    list_per_page = 50
    show_full_result_count = False
    fields = ["sequence", "at", "actor", "verb", "kind", "object_id", "label", "what", "previous_hash", "hash"]
    readonly_fields = ["what"]

    @admin.display(description=gettext_lazy("what"))
    def what(self, row: Record) -> SafeString:
        return format_html_join("", "<p>{}</p>", ((line,) for line in row.lines))
