"""What readers answered: read only, since what they said is a fact."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _, override

from conditions.models import PageFeedback
from foundation.adminkit.audit import AuditedAdmin
from foundation.audit.admin import NeverAdded


@admin.register(PageFeedback)
class PageFeedbackAdmin(NeverAdded, AuditedAdmin):
    list_display = ["given_on", "helpful", "comment", "page"]
    list_display_links = ["given_on", "comment"]
    list_filter = ["helpful", ("comment", admin.EmptyFieldListFilter), "given_on", "edition__language"]
    search_fields = ["comment", "edition__condition__slug", "edition__condition__names__text"]
    date_hierarchy = "given_on"
    fields = ["given_on", "helpful", "comment", "page"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("edition__condition").prefetch_related("edition__condition__names")

    @admin.display(description=_("page"))
    def page(self, row: PageFeedback) -> SafeString:
        with override(row.edition.language):
            address = row.edition.get_absolute_url()
        return format_html('<a href="{}">{}</a>', address, row.edition)

    def has_change_permission(self, request: HttpRequest, obj: PageFeedback | None = None) -> bool:
        return False
