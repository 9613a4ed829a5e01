"""Messages in the admin: to look at, never to write. Registered by the app whose messages they are, which knows whose."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from foundation.audit.admin import AuditedAdmin
from foundation.outbox.models import Message


class OutboxAdmin(AuditedAdmin):
    """What was sent, what waits, what failed and why. No message's words are stored, so none are shown in lists."""

    list_display = ["pk", "kind", "status", "attempts", "next_try", "sent_at", "last_fault"]
    list_filter = ["status", "kind"]
    list_per_page = 25
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    fields = ["kind", "status", "language", "created_at", "attempts", "next_try", "sent_at", "last_fault", "message_id"]

    @admin.display(description=_("next try"))
    def next_try(self, row: Message) -> Any:
        """Only of what still waits."""
        return row.next_try_at if row.status == Message.Status.WAITING else "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Verbs post messages."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Never by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """They are a record too."""
        return False
