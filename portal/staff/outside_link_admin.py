"""The addresses elsewhere that our texts link to, in the admin: what `manage.py check_links` found there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.adminkit.audit import AuditedAdmin
from foundation.links import link_index
from foundation.links.models import OutsideAddress


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("reported", gettext_lazy("To look at")), ("failing", gettext_lazy("With a fault"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        found = {"reported": queryset.reported, "failing": lambda: queryset.exclude(fault="")}.get(self.value() or "")
        return found() if found else queryset


class OutsideAddressAdmin(AuditedAdmin):
    """Rows come from the texts and go with them; staff only say which are not to be reported."""

    list_display = ["url", "fault", "failing_since", "where_used", "ignored", "checked_at"]
    list_filter = [StateFilter, "ignored"]
    search_fields = ["url", "fault"]
    readonly_fields = ["address", "fault", "failing_since", "checked_at", "where_used"]
    fields = [*readonly_fields, "ignored"]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        rows = {row.url: row for row in shown.result_list}
        for row in rows.values():
            row.used = []
        for finding in link_index.findings(link_index.elsewhere().filter(url__in=rows)):
            rows[finding.address].used.append(finding)
        return shown

    @admin.display(description=gettext_lazy("where it stands"))
    def where_used(self, obj: OutsideAddress) -> SafeString | str:
        found = getattr(obj, "used", None)
        if found is None:
            found = link_index.findings(link_index.elsewhere().filter(url=obj.url))
        items = format_html_join("", '<li><a href="{}">{}</a></li>', [(each.where, each.text) for each in found])
        return format_html("<ul>{}</ul>", items) if found else _("nowhere")

    @admin.display(description=gettext_lazy("address"))
    def address(self, obj: OutsideAddress) -> SafeString:
        return format_html('<a href="{}" rel="noreferrer">{}</a>', obj.url, obj.url)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutsideAddress | None = None) -> bool:
        return False
