"""The audit record in the admin: to read, never to change; and the mixins that make every admin write and use it."""

from collections.abc import Iterator
from copy import copy
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import connection
from django.db.models import Model, QuerySet, TextField
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from foundation.audit.actions import record
from foundation.audit.models import Record
from foundation.audit.rows import FreshRows
from foundation.audit.values import changes, stored
from foundation.audit.watching import Watching, taken_changes


class Lines(AdminTextareaWidget):
    """Browsers send line ends as CR LF; stored text has LF, so that saving what nobody touched changes nothing."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """With LF alone."""
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
        """The audit records of the object: also what was done with it by verbs and commands, not only by forms."""
        records = _records_of(self.opts.label_lower, unquote(object_id))[:200]
        return super().history_view(request, object_id, {"records": records, **(extra_context or {})})

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Beside Django's own log entry."""
        self.recorded(record(by=request.user, verb="added", obj=obj, changes=taken_changes(request)))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """With the names of the changed fields and inlines. A message that is a single word is the verb."""
        verb = message if isinstance(message, str) and message.isalpha() else "changed"
        fields = changed_fields(message)
        self.recorded(record(by=request.user, verb=verb, obj=obj, fields=fields, changes=taken_changes(request)))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """One record per object."""
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


class FreshForm(forms.ModelForm):
    """Refuses to save over what somebody else saved meanwhile. For models with a `changed_at` that every save renews.

    The typed text stays in the form; saving once more, now with the other's text in sight, is allowed.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    overtaken = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = _state(self.instance)

    def clean(self) -> dict[str, Any] | None:
        """Compares with the row as `FreshAdmin.get_object` locked it, so that two saves at one moment cannot both pass."""
        cleaned = super().clean()
        seen, now = self.cleaned_data.get("seen", ""), self.initial.get("seen", "")
        if seen.partition(" ")[0] != now.partition(" ")[0]:
            self.overtaken = True
            data: Any = copy(self.data)
            data[self.add_prefix("seen")] = now
            self.data = data
            self.add_error(None, forms.ValidationError(_overtaken_by(self.instance, seen), "overtaken"))
        return cleaned


def _records_of(kind: str, object_id: str) -> QuerySet[Record]:
    return Record.objects.filter(kind=kind, object_id=object_id)


def _state(obj: Any) -> str:
    """When `obj` was last saved, and the number of its latest audit record."""
    latest = _records_of(obj._meta.label_lower, str(obj.pk)).values_list("sequence", flat=True).first()
    return f"{obj.changed_at.isoformat()} {latest or 0}"


def _overtaken_by(obj: Model, seen: str) -> list[str]:
    """Sentences for the person who came second: who changed what, and what to do."""
    number = seen.partition(" ")[2]
    records = _records_of(obj._meta.label_lower, str(obj.pk))
    since = records.filter(sequence__gt=int(number)) if number.isdecimal() else Record.objects.none()
    told = [
        _("%(who)s %(verb)s this on %(when)s%(what)s.")
        % {
            "who": row.actor,
            "verb": row.verb,
            "when": date_format(timezone.localtime(row.at), "DATETIME_FORMAT"),
            "what": f" ({', '.join(row.detail['fields'])})" if "fields" in row.detail else "",
        }
        for row in since[:5]
    ]
    advice = _(
        "This was changed while you were writing. Nothing was saved and your words are still here. Compare, then save again."
    )
    return [advice, *told]


class KeptAdmin(admin.ModelAdmin):
    """What is typed into these forms, and those of their verbs, stays in the browser until it is saved (`admin-keep.js`).

    A message marked “saved” ends that. Only for what is meant to be published, never for what families tell us.
    """

    change_form_template = "admin/kept_change_form.html"
    keeps_typed = True

    def message_user(self, request: HttpRequest, message: Any, level: Any = messages.INFO, *args: Any, **kwargs: Any) -> None:
        """Marks what tells of a success."""
        if level == messages.SUCCESS:
            kwargs["extra_tags"] = "saved"
        super().message_user(request, message, level, *args, **kwargs)


class FreshAdmin(KeptAdmin):
    """Change pages on which two people at once cannot lose each other's words."""

    form: type[forms.ModelForm] = FreshForm
    change_form_template = "admin/fresh_change_form.html"

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row as it stands; while a form is saved, nobody else can change it."""
        obj = super().get_object(request, object_id, from_field)
        if obj is None or request.method != "POST" or not connection.in_atomic_block:
            return obj
        self.model._base_manager.select_for_update().filter(pk=obj.pk).first()
        return super().get_object(request, object_id, from_field)

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Model | None = None) -> Iterator[tuple[Any, Any]]:
        """With `FreshRows`."""
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            yield type(formset.__name__, (FreshRows, formset), {}), inline

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """Puts what is stored beside what was typed when somebody else was first."""
        form = context["adminform"].form
        if getattr(form, "overtaken", False):
            formsets = [inline.formset for inline in context["inline_admin_formsets"]]
            parts = [part for formset in formsets for part in formset.initial_forms]
            context["stored"] = [row for each in [form, *parts] for row in _differences(each)]
            context["stored"] += [row for formset in formsets for row in formset.apart()]
        return super().render_change_form(request, context, *args, **kwargs)


def _differences(form: forms.ModelForm) -> list[dict[str, Any]]:
    """The fields of a bound form whose stored value is not the typed one."""
    stored = type(form.instance)._base_manager.filter(pk=form.instance.pk).first()
    if stored is None:
        return []
    unbound = type(form)(instance=stored, prefix=form.prefix)
    names = [field.name for field in stored._meta.fields if field.name in form.base_fields]
    pairs = [(unbound[name], form[name]) for name in names]
    return [
        {"part": stored, "label": now.label, "stored": now.value(), "typed": typed.value()}
        for now, typed in pairs
        if typed.field.has_changed(now.initial, typed.data)
    ]


class HistoryAdmin(SimpleHistoryAdmin):
    """Old and new values of every save, to read. Putting an old version back would also put back whether it was shown."""

    object_history_list_template = "admin/history_list.html"

    def revert_disabled(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Always."""
        return True

    def get_urls(self) -> list[URLPattern]:
        """Without the form that puts back an old version."""
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
        """What was read or changed: old and new values where they are kept."""
        return format_html_join("", "<p>{}</p>", ((line,) for line in row.told))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False
