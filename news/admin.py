from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, reverse
from django.utils.translation import gettext, gettext_lazy as _, override

from conditions.page_context import with_conditions
from foundation.adminkit.audit import AuditedAdmin, HistoryAdmin
from foundation.adminkit.erasing import EraseHistory
from foundation.adminkit.forms import ProseAdmin
from foundation.adminkit.link_notices import Linked
from foundation.adminkit.panels import Panel, PanelAdmin
from foundation.adminkit.picture_forms import PICTURE_FIELDS, PicturedForm, Thumbnail
from foundation.adminkit.publishable import PublishableAdmin
from foundation.adminkit.working_copies import KeptAdmin
from foundation.links.models import OutsideAddress
from foundation.pages.structured_data import item_context
from news.models import NewsItem


class PreviewPanel(Panel):
    """No box beside the form: a button to the page as readers would see it."""

    def buttons(self, request: HttpRequest, obj: NewsItem) -> list[tuple[str, str]]:
        return [(self.reverse("preview", obj), gettext("Preview"))]

    def urls(self) -> list[URLPattern]:
        return [self.path("<int:object_id>/preview/", self.preview, "preview")]

    def preview(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Published or not; kept by nobody."""
        pk = self.find(request, str(object_id)).pk
        item = with_conditions(self.admin.get_queryset(request)).get(pk=pk)
        state = self.admin.state(item)
        with override(item.language):
            context = item_context(item, "item", gettext("News"), reverse("news:index"))
            return render(request, "admin/news/newsitem/preview.html", context | {"state": state})


@admin.register(NewsItem)
class NewsAdmin(PanelAdmin, Linked, Thumbnail, KeptAdmin, ProseAdmin, PublishableAdmin, HistoryAdmin, AuditedAdmin):
    form = PicturedForm
    panels = [PreviewPanel]
    list_display = ["title", "kind", "language", "state", "publish_at", "source_name", "link", "is_sample"]
    list_filter = ["status", "kind", "language", "publish_at", "is_sample"]
    search_fields = ["title", "summary", "author", "source_name"]
    autocomplete_fields = ["conditions", "translation_of"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["thumbnail", "state", "link"]
    fieldsets = [
        (None, {"fields": ["state", "kind", "title", "slug", ("language", "translation_of"), "summary", "text", "author"]}),
        (_("Coverage elsewhere"), {"fields": ["source_name", "source_url", "source_date", "link"]}),
        (_("Picture"), {"fields": PICTURE_FIELDS}),
        (_("Where and when it is shown"), {"fields": ["conditions", ("publish_at", "expires_at"), "is_sample"]}),
    ]

    def get_verbs(self) -> Any:
        return [*super().get_verbs(), EraseHistory]

    def get_queryset(self, request: HttpRequest) -> QuerySet[NewsItem]:
        fault = OutsideAddress.objects.filter(url=OuterRef("source_url")).values("fault")
        checked = OutsideAddress.objects.filter(url=OuterRef("source_url")).values("checked_at")
        return super().get_queryset(request).annotate(fault=Subquery(fault), checked_at=Subquery(checked))

    @admin.display(description=_("link"))
    def link(self, item: Any) -> str:
        if not item.source_url or not item.pk:
            return "–"
        if not item.checked_at:
            return gettext("not checked yet")
        return item.fault or gettext("works")
