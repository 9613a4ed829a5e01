from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet, URLField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, override

from foundation.adminkit.audit import AuditedAdmin, HistoryAdmin
from foundation.adminkit.filters import QuestionFilter
from foundation.adminkit.forms import PartInline, ProseAdmin
from foundation.adminkit.link_notices import Linked
from foundation.adminkit.publishable import PublishableAdmin
from foundation.adminkit.verbs import in_words
from foundation.adminkit.working_copies import KeptAdmin
from foundation.audit.admin import NeverDeleted
from guides.models import FALLBACK, REVIEW_SOON, Guide, GuideText, Notice


class TextInline(PartInline, admin.StackedInline):
    model = GuideText
    fields = ["language", "title", "summary", "text", "names"]


@admin.register(Guide)
class GuideAdmin(Linked, KeptAdmin, ProseAdmin, PublishableAdmin, AuditedAdmin):
    inlines = [TextInline]
    list_display = ["__str__", "languages", "state", "publish_at", "order", "is_sample"]
    list_filter = ["status", "texts__language", "is_sample"]
    search_fields = ["slug", "texts__title", "texts__summary"]
    readonly_fields = ["state"]
    fields = ["state", "slug", "shows", "order", ("publish_at", "expires_at"), "is_sample"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Guide]:
        return super().get_queryset(request).prefetch_related("texts")

    @admin.display(description=gettext_lazy("languages"))
    def languages(self, guide: Guide) -> str:
        return ", ".join(text.language for text in guide.texts.all())


class StateFilter(QuestionFilter):
    title = gettext_lazy("what it is now")
    parameter_name = "state"
    questions = [
        ("now", gettext_lazy("In force"), lambda rows: rows.in_force()),
        ("due", gettext_lazy("Review due within 60 days, or overdue"), lambda rows: rows.due_within(REVIEW_SOON)),
        ("coming", gettext_lazy("Not in force yet"), lambda rows: rows.filter(effective_on__gt=timezone.localdate())),
        ("draft", gettext_lazy("Draft"), lambda rows: rows.filter(effective_on=None)),
    ]


@admin.register(Notice)
class NoticeAdmin(NeverDeleted, KeptAdmin, ProseAdmin, HistoryAdmin, AuditedAdmin):
    """A new version is added with its own day; nobody deletes an earlier one, not even a superuser."""

    list_display = ["kind", "language", "title", "state", "effective_on", "next_review", "is_sample"]
    list_filter = [StateFilter, "kind", "language", "is_sample"]
    search_fields = ["title"]
    readonly_fields = ["state"]
    formfield_overrides = AuditedAdmin.formfield_overrides | {URLField: {"assume_scheme": "https"}}
    fieldsets = [
        (None, {"fields": ["state", ("kind", "language"), "title", "text", "address", "price_file"]}),
        (gettext_lazy("When it counts"), {"fields": ["effective_on", ("reviewed_on", "next_review"), "is_sample"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        counts = Exists(Notice.objects.in_force().filter(pk=OuterRef("pk")))
        return super().get_queryset(request).annotate(counts=counts)

    @admin.display(description=gettext_lazy("visitors see it"))
    def state(self, notice: Any) -> str:
        if not notice.pk or notice.effective_on is None:
            return _("draft")
        if notice.effective_on > timezone.localdate():
            return _("from %(day)s") % {"day": in_words(notice.effective_on)}
        return _("in force") if notice.counts else _("replaced by a newer version")

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        """In English where a notice is in no language of the site."""
        if not obj or not obj.counts:
            return None
        with override(obj.language if obj.language in dict(settings.LANGUAGES) else FALLBACK):
            return str(obj.get_absolute_url())
