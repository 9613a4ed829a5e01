"""Messages in the admin: to look at, never to write. Registered by the app whose messages they are, which knows whose."""

from django.contrib import admin
from django.http import HttpRequest

from foundation.audit.admin import AuditedAdmin
from foundation.outbox.models import Message


class OutboxAdmin(AuditedAdmin):
    """What was sent, what waits, what failed and why. No message's words are stored, so none are shown in lists."""

    list_filter = ["status", "kind"]
    list_per_page = 25
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False
