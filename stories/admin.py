"""Stories and the families' authorizations in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.audit.admin import AuditedAdmin, FreshAdmin, FreshForm, HistoryAdmin
from foundation.publishing.admin import PartInline, PictureForm, ProseAdmin, Thumbnail
from foundation.publishing.verbs import PublishableAdmin, in_words
from stories.models import Authorization, Story


class StoryForm(FreshForm, PictureForm):
    """A story with its picture."""


class AuthorizationInline(PartInline, admin.StackedInline):
    """Signed papers: added and revoked, never deleted."""

    model = Authorization
    fields = [
        ("signed_on", "expires_on", "revoked_on"),
        ("signed_by", "relationship", "assent"),
        ("covers_website", "covers_print", "covers_social"),
        "document",
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The law wants them kept."""
        return False


class ShownFilter(admin.SimpleListFilter):
    """Whether visitors see the story now."""

    title = gettext_lazy("visitors")
    parameter_name = "shown"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Words of the choices."""
        return [("yes", gettext_lazy("See it")), ("no", gettext_lazy("Do not see it"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """By the one query that decides it everywhere."""
        return queryset.filter(shown=self.value() == "yes") if self.value() in {"yes", "no"} else queryset


def authorization_state(papers: list[Authorization]) -> str:
    """Why no paper of `papers`, newest first, lets a story be shown today."""
    if not papers:
        return _("hidden: no authorization")
    today, paper = timezone.localdate(), papers[0]
    if paper.revoked_on and paper.revoked_on <= today:
        return _("hidden: authorization revoked %(day)s") % {"day": in_words(paper.revoked_on)}
    if paper.expires_on < today:
        return _("hidden: authorization ended %(day)s") % {"day": in_words(paper.expires_on)}
    if paper.signed_on > today:
        return _("hidden: authorization starts %(day)s") % {"day": in_words(paper.signed_on)}
    return _("hidden: authorization does not cover the website")


@admin.register(Story)
class StoryAdmin(Thumbnail, FreshAdmin, ProseAdmin, PublishableAdmin, HistoryAdmin, AuditedAdmin):
    """The list says in words why visitors see a story or not."""

    form = StoryForm
    list_display = ["title", "name_shown", "language", "state", "publish_at", "is_sample"]
    list_filter = [ShownFilter, "status", "language", "publish_at", "is_sample"]
    search_fields = ["title", "summary", "name_shown"]
    autocomplete_fields = ["conditions"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [AuthorizationInline]
    readonly_fields = ["thumbnail", "state"]
    fieldsets = [
        (None, {"fields": ["state", "title", "slug", "language", ("name_shown", "age_band"), "summary", "text"]}),
        (gettext_lazy("Picture"), {"fields": ["thumbnail", ("upload", "no_picture"), "picture_alt", "picture_caption"]}),
        (gettext_lazy("Where and when it is shown"), {"fields": ["conditions", ("publish_at", "expires_at"), "is_sample"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Story]:
        """With the papers that decide it."""
        return super().get_queryset(request).prefetch_related("authorizations")

    def why_hidden(self, item: Story) -> str:
        """What the newest paper lacks."""
        return authorization_state(list(item.authorizations.all()))
