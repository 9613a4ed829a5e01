"""Fields that are rights: nobody changes their own, and whoever watches over rights is told of every change.

A form of the admin names them in `rights`; `portal.staff.rights` writes the mail.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.auth.models import User
from django.db.models import Exists, ManyToManyField, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.edit_conflicts import FreshForm
from foundation.audit.forms import TOPICS
from foundation.audit.models import Record, RecordQuerySet
from foundation.outbox.actions import post
from foundation.outbox.models import Message

KIND = "rights"


def that_were_told(rows: RecordQuerySet) -> RecordQuerySet:
    """Those of which a mail was written: of accounts, groups, invitations, departments, clinicians, systems."""
    return rows.filter(Exists(Message.objects.filter(kind=KIND, object_id=OuterRef("pk"))))


TOPICS[KIND] = (gettext_lazy("Changes of rights"), that_were_told)
UNTICKED = {"", "0", "false", "off", "none"}
Change = tuple[Any, Any]  # before and after: a value, or of several a set of numbers as text


class RightsForm(FreshForm):
    """Refuses what `why_not` has a sentence for; also where it was sent for a field that this person is not shown."""

    by: User
    rights: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        changed = {name: change for name in self.rights if (change := self._change(name)) and change[0] != change[1]}
        for name, sentence in self.why_not(changed) if changed else []:
            self.add_error(name if name in self.fields else None, forms.ValidationError(sentence, "rights"))
        return cleaned

    def why_not(self, changed: dict[str, Change]) -> Iterator[tuple[str, Any]]:
        """(field, sentence) of every change that `by` may not make."""
        raise NotImplementedError

    def _change(self, name: str) -> Change | None:
        """What is stored and what was sent; None where nothing was sent for it."""
        key, many = self.add_prefix(name), isinstance(self._meta.model._meta.get_field(name), ManyToManyField)
        if name in self.cleaned_data:
            sent: Any = {str(row.pk) for row in self.cleaned_data[name]} if many else self.cleaned_data[name]
        elif name in self.fields or key not in self.data:
            return None
        elif many:
            sent = set(self.data.getlist(key))  # type: ignore[attr-defined]
        else:
            sent = str(self.data[key]).casefold() not in UNTICKED
        return self._stored(name, many), sent

    def _stored(self, name: str, many: bool) -> Any:
        model = self._meta.model
        row = model._base_manager.filter(pk=self.instance.pk).first() or model()
        if not many:
            return getattr(row, name)
        return {str(pk) for pk in getattr(row, name).values_list("pk", flat=True)} if row.pk else set()


class RightsAdmin(AuditedAdmin):
    rights: tuple[str, ...] = ()
    told: tuple[str, ...] = ()  # further fields whose change is told; their values are in no record
    actions = ["delete_selected"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.by, form.rights = request.user, self.rights
        return form

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """Its form names its own address: one that was kept while somebody proved who they are is shown at another."""
        kwargs["form_url"] = kwargs.get("form_url") or request.get_full_path()
        return super().render_change_form(request, context, *args, **kwargs)

    def recorded(self, row: Record) -> None:
        names = {str(self.opts.get_field(name).verbose_name).casefold() for name in (*self.rights, *self.told)}  # type: ignore[union-attr]
        changed = [*row.detail.get("fields", []), *(change["field"] for change in row.detail.get("changes", []))]
        if names.intersection(name.casefold() for name in changed):
            post(kind=KIND, object_id=row.pk, told=self.members(row))

    def members(self, row: Record) -> list[int]:
        """The numbers of accounts to be told because it is their rights that change, besides the one that `row` is about."""
        return []

    def why_not_delete(self, request: HttpRequest, obj: Any) -> str:
        """The sentence that refuses to delete `obj`, or ""."""
        return ""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and self.why_not_delete(request, obj))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        obj = self.get_object(request, object_id)
        fault = self.why_not_delete(request, obj) if obj else ""
        if fault and self.has_delete_permission(request):
            return refuse(request, obj, fault)
        return super().delete_view(request, object_id, extra_context)

    @admin.action(permissions=["delete"], description=gettext_lazy("Delete selected %(verbose_name_plural)s"))
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """As Django's, unless one of them is refused: then none is deleted."""
        faults = {fault for obj in queryset if (fault := self.why_not_delete(request, obj))}
        if faults:
            messages.error(request, " ".join([_("Nothing was deleted."), *sorted(faults)]))
            return None
        return delete_selected(self, request, queryset)


def refuse(request: HttpRequest, obj: Any, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return HttpResponseRedirect(reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk]))
