"""What the admins of public content share: pictures, the prose editor, rows that belong to a parent."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import BigAutoField, Field, Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_POST
from js_asset import Media as ScriptMedia  # type: ignore[import-untyped]

from foundation.prose.foreign import convert, sentences
from foundation.prose.text import LongTextField, for_editor

ALL_CHOICES = "all-choices"  # in an address: every choice stands on the page


class OnlyNumbers(AutocompleteMixin):
    """What was sent that is no row's number is an error beside the box, not a crash."""

    def optgroups(self, name: str, value: Sequence[Any], attr: Any = None) -> Any:
        numbers = [each for each in value if str(each).isdecimal() and int(each) <= BigAutoField.MAX_BIGINT]
        return super().optgroups(name, numbers, attr)


class WithAll(OnlyNumbers, forms.Select):
    """Without a script a link shows all there is to choose from, with what the address holds besides."""

    way = f"?{ALL_CHOICES}=1"

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        box, words = super().render(*args, **kwargs), _("Show all there is to choose from (what you typed is not kept)")
        return format_html('{}<noscript><a href="{}">{}</a></noscript>', box, self.way, words)


class OneRow(WithAll, AutocompleteSelect):
    pass


class Rows(WithAll, AutocompleteSelectMultiple):
    pass


class AutocompleteAdmin(admin.ModelAdmin):
    def get_autocomplete_fields(self, request: HttpRequest) -> Any:
        """All of them, or those that look up what this person may not see: they get no list of it either."""
        names = super().get_autocomplete_fields(request)
        if ALL_CHOICES not in request.GET:
            return names
        kinds: dict[str, Any] = {name: self.opts.get_field(name).related_model for name in names}
        return [name for name in names if not self.admin_site.get_model_admin(kinds[name]).has_view_permission(request)]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        self._look_up(OneRow, db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        self._look_up(Rows, db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _look_up(self, box: Any, db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> None:
        if db_field.name in self.get_autocomplete_fields(request):
            widget = kwargs.setdefault("widget", box(db_field, self.admin_site, using=kwargs.get("using")))
            widget.way = f"?{urlencode(request.GET.dict() | {ALL_CHOICES: 1})}"


class ProseAdmin(admin.ModelAdmin):
    """Change pages with prose editors: the import map gets this answer's nonce, and lost formatting is told."""

    class Media:
        js = ["js/admin-editor.js", "js/admin-paste.js", "js/admin-links.js"]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        if isinstance(context["media"], ScriptMedia):
            context["media"] = context["media"].with_nonce(str(request.csp_nonce))  # type: ignore[attr-defined]
        return super().render_change_form(request, context, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for each in [form, *(part for formset in formsets for part in formset.forms if part not in formset.deleted_forms)]:
            for sentence in _conversion_notices(each):
                messages.warning(request, sentence)


def _conversion_notices(form: forms.ModelForm) -> Iterator[str]:
    for field in form.instance._meta.fields:
        if not isinstance(field, LongTextField) or field.name not in form.changed_data:
            continue
        typed, label = form.cleaned_data[field.name], {"field": field.verbose_name}
        found = convert(typed)
        for sentence in sentences(found):
            yield _("In “%(field)s”: %(sentence)s") % {**label, "sentence": sentence}
        if _elements(typed) - _elements(found.html) and not found.lost:
            yield _("Some formatting was taken out of “%(field)s”: only what the editor’s buttons offer is kept.") % label


def _elements(html: str) -> Counter[str]:
    """Every element and link in `html`, apart from paragraphs, figures, tables and what is empty, which nobody misses."""
    same = re.sub(r"<(/?)(?:b|i)\b", lambda tag: f"<{tag[1]}{'strong' if tag[0].endswith('b') else 'em'}", html.lower())
    same = re.sub(r"<(?:table|colgroup|col)\b[^>]*>|</?tbody>", "", same)  # as the editor writes a table
    return Counter(re.findall(r"<(?!p\b|su[pb]\b)[a-z]\w*|\bhref=|\bstyle=", re.sub(r"<(h3|h4|li)>\s*</\1>", "", same)))


MORE = "more"  # in an address: the model of which one more empty row is shown


class RowsAdmin(admin.ModelAdmin):
    """A script adds empty rows to a form; without one, a button saves and shows one more (`admin/_more_rows.html`)."""

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return self._with_row(request, obj) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return self._with_row(request, obj) or super().response_post_save_change(request, obj)

    def _with_row(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect | None:
        for inline in self.get_inline_instances(request, obj):
            if inline.opts.model_name == request.POST.get("_more"):
                page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
                group = inline.get_formset(request, obj).get_default_prefix()
                return HttpResponseRedirect(f"{page}?{MORE}={inline.opts.model_name}#{group}-group")
        return None


class PartInline(InlineModelAdmin):
    """Rows that belong to their parent: who may change it may change them."""

    extra = 0

    def get_extra(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> int:
        return super().get_extra(request, obj, **kwargs) + (request.GET.get(MORE) == self.opts.model_name)

    def _parent(self) -> admin.ModelAdmin:
        return self.admin_site.get_model_admin(self.parent_model)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._parent().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._parent().has_change_permission(request, obj) if obj else self._parent().has_add_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)


class NamedDeletion(forms.BaseInlineFormSet):
    deletion_widget: Any = forms.CheckboxInput(attrs={"aria-label": gettext_lazy("Delete")})


class TabularPart(PartInline, admin.TabularInline):
    """In a table a field's label is the column's heading, which a screen reader does not tie to the box: name each box."""

    formset = NamedDeletion

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            field.widget.attrs["aria-label"] = str(db_field.verbose_name)
        return field


MOST_BYTES = 2_000_000  # of a paste: Word writes some 100 KB of styles around a page


@require_POST
def paste(request: HttpRequest) -> HttpResponse:
    """Stores nothing. 413 beyond `MOST_BYTES`."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return HttpResponse(status=413)
    found = convert(request.POST.get("html", ""))
    return JsonResponse({"html": for_editor(found.html), "notes": sentences(found)})
