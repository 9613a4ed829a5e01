"""The ledger: every signed paper, what it is worth today, and taking it back."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.verbs import Verb, VerbAdmin, staff
from foundation.prose.boxes import Prose
from foundation.workflow import Refused
from stories import actions, consent
from stories.admin.papers import FIELDS, NeverDeleted, PaperForm
from stories.models import Authorization, Story

SOON = 60
GROWING_UP = 90


class StateFilter(admin.SimpleListFilter):
    """What papers are worth today, and which need somebody's work."""

    title = gettext_lazy("what it is worth")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Words of the choices."""
        return [
            ("valid", gettext_lazy("In force")),
            ("ending", gettext_lazy("Its story ends within 60 days")),
            ("growing", gettext_lazy("Turns 18 within 90 days, or has")),
            ("ended", gettext_lazy("Ended")),
            ("revoked", gettext_lazy("Revoked")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """By the questions that decide it everywhere."""
        found = {
            "valid": queryset.in_force,
            "ending": lambda: queryset.ending_within(SOON),
            "growing": lambda: queryset.turning_18_within(GROWING_UP),
            "ended": queryset.ended,
            "revoked": queryset.revoked,
        }
        return found.get(self.value() or "", queryset.all)()


class RevokeForm(forms.Form):
    """The reason is for staff; visitors never read it."""

    reason = Prose(
        label=gettext_lazy("Why?"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("You may leave this empty: a family need not say why. Only staff read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class AskedForm(forms.Form):
    """What came of it."""

    note = Prose(
        label=gettext_lazy("What came of it?"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Like: letter sent, no answer yet. Only staff read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _revoke(request: HttpRequest, paper: Authorization, answers: dict[str, Any]) -> str:
    gone = actions.revoke(authorization=paper, by=staff(request), reason=answers["reason"])
    words = {"title": paper.story, "addresses": ", ".join(gone)}
    if gone:
        return _("Revoked. “%(title)s” is gone, at once, from: %(addresses)s") % words
    left = Story.objects.published().filter(pk=paper.story_id).first()
    if left is None:
        return _("Revoked. Visitors did not see “%(title)s” before, and do not see it now.") % words
    told = _("Revoked. Visitors still see “%(title)s”, because another authorization covers it.") % words
    return " ".join([told, *consent.limits(left)])


def _ask_again(request: HttpRequest, paper: Authorization, answers: dict[str, Any]) -> str:
    actions.ask_again(authorization=paper, by=staff(request), note=answers["note"])
    return _("It is noted that the patient was asked today. If the patient agrees, add the paper they sign.")


VERBS = [
    Verb(
        "revoke",
        gettext_lazy("Revoke"),
        "change_authorization",
        possible=lambda request, paper: paper.revoked_on is None,
        act=_revoke,
        explain=gettext_lazy(
            "From this moment the authorization counts no more. If nothing else covers the story, it leaves every page, list, "
            "search and sitemap at once, with its picture. This cannot be undone; a family that agrees again signs a new paper."
        ),
        form=RevokeForm,
    ),
    Verb(
        "ask-again",
        gettext_lazy("Asked again at 18"),
        "change_authorization",
        possible=lambda request, paper: bool(paper.turns_18_on) and paper.relationship != "patient",
        act=_ask_again,
        explain=gettext_lazy("Notes that the patient was asked today whether the story may stay after turning 18."),
        form=AskedForm,
    ),
]


@admin.register(Authorization)
class AuthorizationAdmin(NeverDeleted, VerbAdmin, AuditedAdmin):
    """Papers are added and revoked, never deleted; what was signed is never changed."""

    form = PaperForm
    refusals = (Refused,)
    list_display = ["__str__", "its_story", "state", "signed_for", "signed_by", "covers"]
    list_filter = [StateFilter, "relationship"]
    search_fields = ["story__title", "signed_for", "signed_by", "document"]
    autocomplete_fields = ["story"]
    readonly_fields = ["state", "its_story", "revoked_reason"]

    def get_fields(self, request: HttpRequest, obj: Authorization | None = None) -> list[Any]:
        """A paper yet to be added has no state; one that is stored stays with its story."""
        return ["state", "its_story", *FIELDS, "revoked_reason"] if obj else ["story", *FIELDS]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Authorization]:
        """With the other papers of its story, which may bear on it."""
        return super().get_queryset(request).select_related("story").prefetch_related("story__authorizations")

    def get_verbs(self) -> Any:
        """Revoke, and note that the patient was asked."""
        return VERBS

    @admin.display(description=gettext_lazy("today"))
    def state(self, paper: Authorization) -> str:
        """In force or why not."""
        return consent.state(paper, list(paper.story.authorizations.all()))

    @admin.display(description=gettext_lazy("story"), ordering="story__title")
    def its_story(self, paper: Authorization) -> SafeString:
        """A link."""
        address = reverse("admin:stories_story_change", args=[paper.story_id])
        return format_html('<a href="{}">{}</a>', address, paper.story)

    @admin.display(description=gettext_lazy("covers"))
    def covers(self, paper: Authorization) -> str:
        """What, and where."""
        parts = {"text": _("text"), "picture": _("picture"), "name": _("name")}
        places = {"website": _("website"), "print": _("print"), "social": _("social media")}
        return " · ".join(
            ", ".join(word for scope, word in words.items() if getattr(paper, f"covers_{scope}")) for words in (parts, places)
        )
