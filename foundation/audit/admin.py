"""The audit record in the admin: to read, never to change; and the mixins that make every admin write and use it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Model, QuerySet, TextField
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from foundation.audit.actions import record
from foundation.audit.change_capture import Watching, taken_changes
from foundation.audit.models import Record
from foundation.audit.values import changes, stored


class Lines(AdminTextareaWidget):
    """Browsers send line ends as CR LF; stored text has LF, so that saving what nobody touched changes nothing."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if value else value


class AuditedAdmin(Watching):
    """Every addition, change and deletion made in the admin leaves an audit record, in the same transaction.

    With old and new values of what `settings.AUDIT_VALUES` names.
    """

    list_per_page = 50
    object_history_template = "admin/audit_history.html"
    formfield_overrides = {TextField: {"widget": Lines}}

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        records = records_of(self.opts.label_lower, unquote(object_id))[:200]
        return super().history_view(request, object_id, {"records": records, **(extra_context or {})})

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self.recorded(record(by=request.user, verb="added", obj=obj, changes=taken_changes(request)))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """With the names of the changed fields and inlines. A message that is a single word is the verb."""
        verb = message if isinstance(message, str) and message.isalpha() else "changed"
        fields = changed_fields(message)
        self.recorded(record(by=request.user, verb=verb, obj=obj, fields=fields, changes=taken_changes(request)))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            last = changes(type(obj), stored(type(obj), obj.pk), {})
            self.recorded(record(by=request.user, verb="deleted", obj=obj, changes=last))
        return super().log_deletions(request, queryset)

    def recorded(self, row: Record) -> None:
        """Called with each record, in its transaction, for who has to tell somebody of it."""


def changed_fields(message: Any) -> list[str]:
    """Field labels from Django's change message (a list of dictionaries, or a sentence)."""
    parts = message if isinstance(message, list) else []
    details = [detail for part in parts for detail in part.values()]
    return [field for detail in details for field in detail.get("fields", [detail.get("name", "")])]


def records_of(kind: str, object_id: str) -> QuerySet[Record]:
    return Record.objects.filter(kind=kind, object_id=object_id)


class HistoryAdmin(SimpleHistoryAdmin):
    """Old and new values of every save, to read. Putting an old version back would also put back whether it was shown."""

    object_history_list_template = "admin/history_list.html"

    def revert_disabled(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def get_urls(self) -> list[URLPattern]:
        return super(SimpleHistoryAdmin, self).get_urls()


@admin.register(Record)
class RecordAdmin(admin.ModelAdmin):
    """Read only; every staff member with the view permission."""

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
        return format_html_join("", "<p>{}</p>", ((line,) for line in row.told))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
