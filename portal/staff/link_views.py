"""Links in the admin: finding a page of ours to link to, what links where, which links broke, and addresses elsewhere."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, gettext_lazy, override

from foundation.adminkit.audit import AuditedAdmin
from foundation.audit.admin import NeverAdded, NeverDeleted
from foundation.links import link_index
from foundation.links.models import OutsideAddress
from foundation.pages.models import Slugged
from foundation.prose.typed import prose
from foundation.search.actions import ask

MOST = 50  # links of a list; the next come when these are mended


def find(request: HttpRequest) -> HttpResponse:
    """Pages that visitors can read now, for the words `q` in the language `language`; as data where `as=data` is asked."""
    question, wanted = prose(request.GET.get("q", "")[:200], lines=False), request.GET.get("language", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with override(language):
        pages = [(hit.page.title, hit.page.url, str(hit.label)) for hit in ask(question, language).hits]
    if request.GET.get("as") == "data":
        return JsonResponse({"pages": pages})
    context = {"title": _("Find a page to link to"), "question": question, "language": language, "pages": pages}
    return _render(request, "find", context | {"languages": settings.LANGUAGES})


def broken(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("links.view_link"):
        raise PermissionDenied
    kinds = [
        (
            _("Links to our own pages that lead nowhere"),
            _("Every link to a page of ours works."),
            link_index.broken(),
            link_index.broken_links,
        ),
        (
            _("Links elsewhere that broke"),
            _("No outside address was found broken."),
            link_index.broken_elsewhere(),
            link_index.outside_faults,
        ),
        (_("Links by an old address"), _("No link uses an old address."), link_index.renamed(), link_index.renamed_links),
    ]
    lists = []
    for title, nothing, rows, findings in kinds:
        links = list(rows[: MOST + 1])
        lists.append((title, nothing, findings(links[:MOST]), len(links) > MOST))
    return _render(request, "broken", {"title": _("Links to look at"), "lists": lists, "most": MOST})


def leading_to(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    try:
        model = apps.get_model(kind)
    except (LookupError, ValueError) as error:
        raise Http404 from error
    if not issubclass(model, Slugged) or not request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        raise PermissionDenied
    row: Any = get_object_or_404(model._base_manager, pk=pk)
    links = list(link_index.leading_to(row)[: MOST + 1])
    context = {"title": _("What links here"), "subtitle": row, "row": row, "more": len(links) > MOST, "most": MOST}
    return _render(request, "leading_to", context | {"findings": link_index.findings(links[:MOST])})


def _render(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, f"admin/links/{name}.html", admin.site.each_context(request) | context)


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("reported", gettext_lazy("To look at")), ("failing", gettext_lazy("With a fault"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        found = {"reported": queryset.reported, "failing": lambda: queryset.exclude(fault="")}.get(self.value() or "")
        return found() if found else queryset


class OutsideAddressAdmin(NeverAdded, NeverDeleted, AuditedAdmin):
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
