"""One page on which something is set for all rows that are ticked in a list: owner, review, tags."""

from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.filters import QuestionFilter
from foundation.adminkit.verbs import in_words, staff
from foundation.audit.actions import record, records_last
from foundation.audit.values import compare, stored_values
from foundation.prose.days import Day
from foundation.prose.typed import Prose
from foundation.upkeep.models import Tag

MOST = 500  # rows at once: each leaves its own audit record


class UpkeepForm(forms.Form):
    """What is left empty stays as it is in each row."""

    owner = forms.ModelChoiceField(
        label=gettext_lazy("Owner"), queryset=User.objects.filter(is_active=True, is_staff=True), required=False
    )
    look_again_on = Day(label=gettext_lazy("Look at it again on"), required=False)
    add_tags = Prose(
        label=gettext_lazy("Add tags"), max_length=200, required=False, help_text=gettext_lazy("With commas between them.")
    )
    take_tags = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Take tags away"), queryset=Tag.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    columns: tuple[str, ...] = ("owner", "look_again_on")

    def __init__(self, *args: Any, rows: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        carried = {tag.pk for row in rows for tag in row.tags.all()}
        self.fields["take_tags"].queryset = Tag.objects.filter(pk__in=carried)  # type: ignore[attr-defined]
        if not carried:
            del self.fields["take_tags"]

    def clean_add_tags(self) -> list[str]:
        names = [name.strip() for name in self.cleaned_data["add_tags"].split(",") if name.strip()]
        if any(len(name) > 40 for name in names):
            raise forms.ValidationError(_("A tag has at most 40 letters."), code="long")
        return list({name.casefold(): name for name in names}.values())

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError(_("Say what to set. What you leave empty stays as it is."), code="empty")
        return cleaned

    def apply(self, row: Any) -> None:
        values = {name: self.cleaned_data[name] for name in self.columns if self.cleaned_data[name]}
        if values:
            type(row)._base_manager.filter(pk=row.pk).update(**values)
        row.tags.remove(*self.cleaned_data.get("take_tags", ()))
        row.tags.add(*self.tags)

    @cached_property
    def tags(self) -> list[Tag]:
        return Tag.named(self.cleaned_data["add_tags"])


class UpkeepAdmin(admin.ModelAdmin):
    actions = ["set_for_selected"]
    bulk_form: type[UpkeepForm] = UpkeepForm

    @admin.display(description=gettext_lazy("who looks after it"))
    def upkeep(self, row: Any) -> str:
        again = _("again %(day)s") % {"day": in_words(row.look_again_on)} if row.look_again_on else ""
        tags = ", ".join(tag.name for tag in row.tags.all())
        return " · ".join(filter(None, [str(row.owner or ""), again, tags])) or "–"

    @admin.action(permissions=["change"], description=gettext_lazy("Set owner, review and tags"))
    def set_for_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        rows = list(queryset[: MOST + 1])
        if len(rows) > MOST:
            messages.error(request, _("Choose at most %(most)d at once.") % {"most": MOST})
            return HttpResponseRedirect(request.get_full_path())
        form = self.bulk_form(request.POST if "apply" in request.POST else None, rows=rows)
        if form.is_valid():
            count = self._set(request, rows, form)
            words = ngettext("%(count)d was changed.", "%(count)d were changed.", count) % {"count": count}
            messages.success(request, words if count else _("All of them were so already."))
            return HttpResponseRedirect(request.get_full_path())
        context = {"title": _("Set owner, review and tags"), "rows": rows, "form": form, "opts": self.opts}
        context |= {"media": self.media + form.media, "checkbox": ACTION_CHECKBOX_NAME}
        return TemplateResponse(request, "admin/bulk.html", self.admin_site.each_context(request) | context)

    @transaction.atomic
    def _set(self, request: HttpRequest, rows: list[Any], form: UpkeepForm) -> int:
        """Returns how many of the rows that changed."""
        count = 0
        with records_last():
            for row in rows:
                before = stored_values(type(row), row.pk)
                form.apply(row)
                changes = list(compare(type(row), before, stored_values(type(row), row.pk)))
                if changes:
                    record(by=staff(request), verb="changed", obj=row, changes=changes)
                    count += 1
        return count


class LookAgainFilter(QuestionFilter):
    title = gettext_lazy("look at it again")
    parameter_name = "again"
    questions = [
        ("due", gettext_lazy("By now"), lambda rows: rows.filter(look_again_on__lte=timezone.localdate())),
        ("later", gettext_lazy("Later"), lambda rows: rows.filter(look_again_on__gt=timezone.localdate())),
        ("never", gettext_lazy("No day is set"), lambda rows: rows.filter(look_again_on=None)),
    ]


class OwnerFilter(admin.RelatedFieldListFilter):
    """Names only who owns some; Django's own asks for that with all that the list shows of its rows."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        owners = field.model.objects.order_by().values(field.name)
        ordering = self.field_admin_ordering(field, request, model_admin)
        return list(field.get_choices(include_blank=False, limit_choices_to={"pk__in": owners}, ordering=ordering))


@admin.register(Tag)
class TagAdmin(AuditedAdmin):
    search_fields = ["name"]
