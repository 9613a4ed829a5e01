"""Every authorization, what it is worth today, and taking it back."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext as _, gettext_lazy

from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.edit_conflicts import FreshForm
from foundation.adminkit.filters import QuestionFilter
from foundation.adminkit.panels import Panel, PanelAdmin
from foundation.adminkit.verbs import VerbAdmin, VerbForm
from foundation.audit.admin import NeverDeleted
from foundation.prose.typed import Prose
from stories import actions, consent
from stories.admin.paper import show_paper, usual_terms
from stories.models import ENDING_SOON, FILLED_ONCE, FIXED, GROWING_UP, TERMS, Authorization, Story

FIELDS: list[Any] = [
    ("signed_for", "signed_by", "relationship"),
    ("signed_on", "expires_on", "revoked_on"),
    ("covers_text", "covers_picture", "covers_name"),
    ("covers_website", "covers_print", "covers_social"),
    "purpose",
    "recipients",
    "how_to_revoke",
    ("third_party_pay", "copy_given_on", "form_version"),
    ("assent", "assent_on", "turns_18_on"),
    "document",
]


class AuthorizationForm(FreshForm):
    """Once stored, shows what was signed and takes only what may still change."""

    class Media:
        css = {"all": ["css/admin-papers.css"]}  # what cannot be changed does not look as if it could

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paper = self.instance
        if "turns_18_on" in self.fields:
            self.fields["turns_18_on"].label = _("turns %(age)d on") % {"age": settings.AGE_OF_MAJORITY}
        stored = {*FIXED, "story", *(name for name in FILLED_ONCE if getattr(paper, name))} if paper.pk else set()
        for name in stored & set(self.fields):
            self.fields[name].disabled = True
        if not paper.pk and "signed_for" in self.fields:
            for name in ("signed_for", *TERMS):
                self.fields[name].required = True
            self.initial.update(usual_terms())


AGE = settings.AGE_OF_MAJORITY
TURNS = format_lazy(gettext_lazy("Turns {age} within 90 days, or has"), age=AGE)


class StateFilter(QuestionFilter):
    title = gettext_lazy("what it is worth")
    parameter_name = "state"
    questions = [
        ("valid", gettext_lazy("In force"), lambda rows: rows.in_force()),
        ("ending", gettext_lazy("Its story ends within 60 days"), lambda rows: rows.ending_within(ENDING_SOON)),
        ("growing", TURNS, lambda rows: rows.turning_18_within(GROWING_UP)),
        ("lacking", gettext_lazy("Does not say all it must"), lambda rows: rows.lacking()),
        ("ended", gettext_lazy("Ended"), lambda rows: rows.ended()),
        ("revoked", gettext_lazy("Revoked"), lambda rows: rows.revoked()),
    ]


class Revoke(VerbForm):
    name = "revoke"
    label = gettext_lazy("Revoke")
    permission = "change_authorization"
    explain = gettext_lazy(
        "From this moment the authorization counts no more. If nothing else covers the story, it leaves every page, list, "
        "search and sitemap at once, with its picture. This cannot be undone; a family that agrees again signs a new paper."
    )

    reason = Prose(
        label=gettext_lazy("Why?"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("You may leave this empty: a family need not say why. Only staff read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Authorization) -> bool:
        return obj.revoked_on is None

    def act(self) -> str:
        addresses = actions.revoke(authorization=self.obj, by=self.by, reason=self.cleaned_data["reason"])
        words = {"title": self.obj.story, "addresses": ", ".join(addresses)}
        if addresses:
            return _("Revoked. “%(title)s” is gone, at once, from: %(addresses)s") % words
        visible = Story.objects.published().filter(pk=self.obj.story_id).first()
        if visible is None:
            return _("Revoked. Visitors did not see “%(title)s” before, and do not see it now.") % words
        still_covered = _("Revoked. Visitors still see “%(title)s”, because another authorization covers it.") % words
        return " ".join([still_covered, *consent.limits(visible)])


class AskAgain(VerbForm):
    name = "ask-again"
    label = format_lazy(gettext_lazy("Asked again at {age}"), age=AGE)
    permission = "change_authorization"
    explain = format_lazy(
        gettext_lazy("Notes that the patient was asked today whether the story may stay after turning {age}."), age=AGE
    )

    note = Prose(
        label=gettext_lazy("What came of it?"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Like: letter sent, no answer yet. Only staff read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Authorization) -> bool:
        return bool(obj.turns_18_on) and obj.relationship != Authorization.Relationship.PATIENT

    def act(self) -> str:
        actions.ask_again(authorization=self.obj, by=self.by, note=self.cleaned_data["note"])
        return _("It is noted that the patient was asked today. If the patient agrees, add the paper they sign.")


class PaperPanel(Panel):
    """No box beside the form: two buttons to what is printed."""

    def buttons(self, request: HttpRequest, obj: Authorization) -> list[tuple[str, str]]:
        return [
            (reverse("admin:stories_authorization_paper", args=[obj.pk, code]), _("Print (%(language)s)") % {"language": name})
            for code, name in settings.LANGUAGES
        ]

    def urls(self) -> list[URLPattern]:
        return [self.path("<int:object_id>/paper/<str:language>/", self.as_signed, "paper")]

    def as_signed(self, request: HttpRequest, object_id: int, language: str) -> HttpResponse:
        signed = self.find(request, str(object_id))
        return show_paper(request, signed.story, signed, language)


@admin.register(Authorization)
class AuthorizationAdmin(PanelAdmin, NeverDeleted, VerbAdmin, AuditedAdmin):
    """Authorizations are added and revoked, never deleted: the law wants them kept for six years. What was signed is never changed."""

    form = AuthorizationForm
    panels = [PaperPanel]
    list_display = ["__str__", "its_story", "state", "signed_for", "signed_by", "covers"]
    list_filter = [StateFilter, "relationship"]
    search_fields = ["story__title", "signed_for", "signed_by", "document"]
    autocomplete_fields = ["story"]
    readonly_fields = ["state", "its_story", "revoked_reason"]

    def get_fields(self, request: HttpRequest, obj: Authorization | None = None) -> list[Any]:
        return ["state", "its_story", *FIELDS, "revoked_reason"] if obj else ["story", *FIELDS]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Authorization]:
        return super().get_queryset(request).select_related("story").prefetch_related("story__authorizations")

    def get_verbs(self) -> list[type[VerbForm]]:
        return [Revoke, AskAgain]

    @admin.display(description=gettext_lazy("today"))
    def state(self, paper: Authorization) -> str:
        return consent.state(paper, list(paper.story.authorizations.all()))

    @admin.display(description=gettext_lazy("story"), ordering="story__title")
    def its_story(self, paper: Authorization) -> SafeString:
        address = reverse("admin:stories_story_change", args=[paper.story_id])
        return format_html('<a href="{}">{}</a>', address, paper.story)

    @admin.display(description=gettext_lazy("covers"))
    def covers(self, paper: Authorization) -> str:
        parts = {"text": _("text"), "picture": _("picture"), "name": _("name")}
        places = {"website": _("website"), "print": _("print"), "social": _("social media")}
        return " · ".join(
            ", ".join(word for scope, word in words.items() if getattr(paper, f"covers_{scope}")) for words in (parts, places)
        )
