"""The news in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from foundation.audit.admin import AuditedAdmin, FreshAdmin, FreshForm, HistoryAdmin
from foundation.publishing.admin import PictureForm, ProseAdmin, Thumbnail
from foundation.publishing.verbs import PublishableAdmin
from news.models import NewsItem


class NewsForm(FreshForm, PictureForm):
    """An item with its picture."""


@admin.register(NewsItem)
class NewsAdmin(Thumbnail, FreshAdmin, ProseAdmin, PublishableAdmin, HistoryAdmin, AuditedAdmin):
    """Our own articles and what others wrote."""

    form = NewsForm
    list_display = ["title", "kind", "language", "state", "publish_at", "source_name", "is_sample"]
    list_filter = ["status", "kind", "language", "publish_at", "is_sample"]
    search_fields = ["title", "summary", "source_name"]
    autocomplete_fields = ["conditions"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["thumbnail", "state"]
    fieldsets = [
        (None, {"fields": ["state", "kind", "title", "slug", "language", "summary", "text"]}),
        (_("Coverage elsewhere"), {"fields": ["source_name", "source_url"]}),
        (_("Picture"), {"fields": ["thumbnail", ("upload", "no_picture"), "picture_alt", "picture_caption"]}),
        (_("Where and when it is shown"), {"fields": ["conditions", ("publish_at", "expires_at"), "is_sample"]}),
    ]
