"""Stories in the admin, with their authorizations and a preview of what these allow."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, override

from conditions.coach import notes_on_story
from conditions.page_context import with_conditions
from foundation.adminkit.audit import AuditedAdmin, HistoryAdmin
from foundation.adminkit.erasing import EraseHistory
from foundation.adminkit.filters import QuestionFilter
from foundation.adminkit.forms import PartInline, ProseAdmin
from foundation.adminkit.link_notices import Linked
from foundation.adminkit.panels import TOP, Panel, PanelAdmin
from foundation.adminkit.picture_forms import PICTURE_FIELDS, PicturedForm, Thumbnail
from foundation.adminkit.publishable import Publish, PublishableAdmin, Unpublish
from foundation.adminkit.working_copies import KeptAdmin
from foundation.audit.admin import NeverDeleted
from foundation.pages.structured_data import item_context
from foundation.workflow import Refused
from stories import actions, consent
from stories.admin.authorization import FIELDS, AuthorizationForm
from stories.admin.paper import show_paper
from stories.models import Authorization, Story


class AuthorizationInline(NeverDeleted, PartInline, admin.StackedInline):
    """Added here; each leads to its own page, where it is revoked."""

    model = Authorization
    form = AuthorizationForm
    fields = FIELDS
    show_change_link = True


class VisibleFilter(QuestionFilter):
    title = gettext_lazy("visitors")
    parameter_name = "shown"
    questions = [
        ("yes", gettext_lazy("See it"), lambda rows: rows.filter(shown=True)),
        ("no", gettext_lazy("Do not see it"), lambda rows: rows.filter(shown=False)),
    ]


class ConsentPanel(Panel):
    template = "admin/stories/story/_consent.html"
    place = TOP

    def context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {"consent_notes": self._notes(self._stored(request, obj.pk))}

    def buttons(self, request: HttpRequest, obj: Story) -> list[tuple[str, str]]:
        to_sign = reverse("admin:stories_story_paper", args=[obj.pk, obj.language])
        return [(self.reverse("preview", obj), _("Preview")), (to_sign, _("Paper to sign"))]

    def urls(self) -> list[URLPattern]:
        return [
            self.path("<int:object_id>/preview/", self.preview, "preview"),
            self.path("<int:object_id>/paper/<str:language>/", self.paper_to_sign, "paper"),
        ]

    def _stored(self, request: HttpRequest, pk: int) -> Any:
        stories: Any = self.admin.get_queryset(request)
        return with_conditions(stories.with_consent()).get(pk=pk)

    def _notes(self, story: Any) -> list[str]:
        """Whether visitors see it today and if not why, and what they do not see of it."""
        if story.shown:
            return [_("Visitors see this story today."), *consent.limits(story)]
        notes = [_("Visitors do not see this story today (%(state)s).") % {"state": self.admin.state(story)}]
        if not story.allows_text:
            why = consent.why_hidden(list(story.authorizations.all()))
            notes.append(_("Nothing lets us show it on this website now: %(why)s.") % {"why": why})
        return [*notes, *consent.limits(story)]

    def preview(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The story's page with what the authorizations allow today, published or not; kept by nobody."""
        story = self._stored(request, self.find(request, str(object_id)).pk)
        notes = self._notes(story)
        with override(story.language):
            context = item_context(story, "story", _("Stories"), reverse("stories:index"))
            return render(request, "admin/stories/story/preview.html", context | {"notes": notes})

    def paper_to_sign(self, request: HttpRequest, object_id: int, language: str) -> HttpResponse:
        return show_paper(request, self.find(request, str(object_id)), None, language)


class PublishStory(Publish):
    """Refused while no paper lets it be shown, with what is missing."""

    def act(self) -> str:
        story = Story.objects.with_consent(max(self.obj.publish_at or timezone.now(), timezone.now())).get(pk=self.obj.pk)
        if not story.allows_text:
            why = consent.why_hidden(list(story.authorizations.all()))
            raise Refused(_("Nobody could see it: %(why)s. Add it to the story’s authorizations first.") % {"why": why})
        return super().act()


class EraseStory(EraseHistory):
    """Of the history alone, or of the story itself as well."""

    label = gettext_lazy("Erase history or story")

    whole = forms.BooleanField(
        label=gettext_lazy("Erase the story itself as well"),
        required=False,
        help_text=gettext_lazy("Its words, name, address and picture. The authorizations stay, as the law wants."),
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Story) -> bool:
        return bool(obj.text) or super().possible(request, obj)

    def act(self) -> str:
        if not self.cleaned_data["whole"]:
            return super().act()
        actions.erase(story=self.obj, reason=self.cleaned_data["reason"], by=self.by)
        return _("The story and its history are erased.")


class PersonalDetailsPanel(Panel):
    template = "admin/stories/story/_personal_details.html"

    class Media:
        css = {"all": ["css/admin-coach.css"]}

    def context(self, request: HttpRequest, obj: Story) -> dict[str, Any]:
        return {"personal_details": notes_on_story(obj.title, obj.summary, obj.text, obj.name_shown)}


@admin.register(Story)
class StoryAdmin(PanelAdmin, Linked, Thumbnail, KeptAdmin, ProseAdmin, PublishableAdmin, HistoryAdmin, AuditedAdmin):
    """The list says in words why visitors see a story or not."""

    form = PicturedForm
    change_form_template = "admin/stories/story/change_form.html"
    panels = [ConsentPanel, PersonalDetailsPanel]
    list_display = ["title", "name_shown", "language", "state", "publish_at", "is_sample"]
    list_filter = [VisibleFilter, "status", "language", "publish_at", "is_sample"]
    search_fields = ["title", "summary", "name_shown"]
    autocomplete_fields = ["conditions", "translation_of"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [AuthorizationInline]
    readonly_fields = ["thumbnail", "state"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "state",
                    "title",
                    "slug",
                    ("language", "translation_of"),
                    ("name_shown", "age_band"),
                    "summary",
                    "text",
                ]
            },
        ),
        (gettext_lazy("Picture"), {"fields": PICTURE_FIELDS}),
        (gettext_lazy("Where and when it is shown"), {"fields": ["conditions", ("publish_at", "expires_at"), "is_sample"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Story]:
        return super().get_queryset(request).prefetch_related("authorizations")

    def get_verbs(self) -> Any:
        return [PublishStory, Unpublish, EraseStory]

    def why_hidden(self, item: Story) -> str:
        return _("hidden: %(why)s") % {"why": consent.why_hidden(list(item.authorizations.all()))}
