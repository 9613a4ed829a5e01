"""Stories in the admin, with their papers and a preview of what these allow."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from conditions.coach import notes_on_story
from foundation.adminkit.audit import AuditedAdmin, HistoryAdmin
from foundation.adminkit.edit_conflicts import FreshAdmin, FreshForm
from foundation.adminkit.forms import PartInline, ProseAdmin
from foundation.adminkit.link_notices import Linked
from foundation.adminkit.picture_forms import PICTURE_FIELDS, PictureForm, Thumbnail
from foundation.adminkit.publishable import PublishableAdmin
from stories import consent
from stories.admin.papers import FIELDS, NeverDeleted, PaperForm
from stories.models import Authorization, Story
from stories.page_context import page_of, with_conditions


class StoryForm(FreshForm, PictureForm):
    """A story with its picture."""


class AuthorizationInline(NeverDeleted, PartInline, admin.StackedInline):
    """Signed papers, added here; each leads to its page in the ledger, where it is revoked."""

    model = Authorization
    form = PaperForm
    fields = FIELDS
    show_change_link = True


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


@admin.register(Story)
class StoryAdmin(Linked, Thumbnail, FreshAdmin, ProseAdmin, PublishableAdmin, HistoryAdmin, AuditedAdmin):
    """The list says in words why visitors see a story or not."""

    form = StoryForm
    change_form_template = "admin/stories/story/change_form.html"
    list_display = ["title", "name_shown", "language", "state", "publish_at", "is_sample"]
    list_filter = [ShownFilter, "status", "language", "publish_at", "is_sample"]
    search_fields = ["title", "summary", "name_shown"]
    autocomplete_fields = ["conditions"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [AuthorizationInline]
    readonly_fields = ["thumbnail", "state"]
    fieldsets = [
        (None, {"fields": ["state", "title", "slug", "language", ("name_shown", "age_band"), "summary", "text"]}),
        (gettext_lazy("Picture"), {"fields": PICTURE_FIELDS}),
        (gettext_lazy("Where and when it is shown"), {"fields": ["conditions", ("publish_at", "expires_at"), "is_sample"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        """With the preview."""
        view = self.admin_site.admin_view(self.preview)
        return [path("<int:pk>/preview/", view, name="stories_story_preview"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Story]:
        """With the papers that decide it, and what they allow."""
        stories: Any = super().get_queryset(request)
        return cast("QuerySet[Story]", stories.with_consent().prefetch_related("authorizations"))

    def buttons(self, request: HttpRequest, obj: Story) -> list[tuple[str, str]]:
        """The verbs and the preview."""
        return [*super().buttons(request, obj), (reverse("admin:stories_story_preview", args=[obj.pk]), _("Preview"))]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """With what visitors see of it today, and what in its text could tell who the child is."""
        story = context.get("original")
        if story:
            context["consent_notes"] = self.consent_notes(story)
            context["personal_details"] = notes_on_story(story.title, story.summary, story.text, story.name_shown)
        return super().render_change_form(request, context, *args, **kwargs)

    def why_hidden(self, item: Story) -> str:
        """What the newest paper lacks."""
        return _("hidden: %(why)s") % {"why": consent.why_hidden(list(item.authorizations.all()))}

    def consent_notes(self, story: Any) -> list[str]:
        """Whether visitors see it today and if not why, and what they do not see of it."""
        if story.shown:
            return [_("Visitors see this story today."), *consent.limits(story)]
        told = [_("Visitors do not see this story today (%(state)s).") % {"state": self.state(story)}]
        if not story.allows_text:
            why = consent.why_hidden(list(story.authorizations.all()))
            told.append(_("Nothing lets us show it on this website now: %(why)s.") % {"why": why})
        return [*told, *consent.limits(story)]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The story's page with what the papers allow today, published or not; kept by nobody."""
        story = with_conditions(self.get_queryset(request)).filter(pk=pk).first()
        if story is None:
            raise Http404
        if not self.has_view_permission(request, story):
            raise PermissionDenied
        notes = self.consent_notes(story)
        with override(story.language):
            return render(request, "admin/stories/story/preview.html", page_of(story) | {"notes": notes})
