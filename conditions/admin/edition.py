"""Writing an edition, and what is done with it. A published one can only be read."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from conditions import actions
from conditions.admin.coach import CoachPanel
from conditions.admin.comparison import ComparePanel
from conditions.admin.condition import review_state
from conditions.admin.drafts import DraftForm, start
from conditions.admin.panels import CommentsPanel, LogPanel, PresencePanel, StatePanel
from conditions.admin.parts import SectionInline, SourceInline
from conditions.admin.preview_links import PreviewLinksPanel
from conditions.admin.review_context import obstacles, text_to_review
from conditions.admin.translation import EditionForm, TranslationInline, TranslationPanel
from conditions.admin.verbs import VERBS
from conditions.edition_log import describe
from conditions.models import Edition
from conditions.models.edition import FALLBACK, LEVELS
from conditions.worklist import WAITING
from foundation.adminkit.audit import AuditedAdmin, changed_fields
from foundation.adminkit.edit_conflicts import FreshAdmin
from foundation.adminkit.forms import ProseAdmin
from foundation.adminkit.link_notices import Linked
from foundation.adminkit.panels import PanelAdmin
from foundation.adminkit.verbs import VerbAdmin, VerbForm, staff
from foundation.workflow import Refused

IDENTITY = ("condition", "language", "number", "status")
SIGNED_AND_SHOWN = (
    ("written_by",),
    ("reviewed_by", "reviewed_with", "reviewed_on"),
    ("publish_at", "next_review_due"),
    ("withdrawn_at", "withdrawn_reason"),
)


class WaitsFilter(admin.SimpleListFilter):
    """By what somebody has to do next, as the first page asks it."""

    title = gettext_lazy("what waits")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("sign", gettext_lazy("For my signature")),
            ("approve", gettext_lazy("Signed, for approval")),
            ("back", gettext_lazy("Sent back to me")),
            ("comments", gettext_lazy("Comments for me to answer")),
            ("drafts", gettext_lazy("My other open drafts")),
            ("scheduled", gettext_lazy("Going live soon")),
            ("review", gettext_lazy("Review late or due within 90 days")),
            ("behind", gettext_lazy("Translations behind the English")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Edition]) -> QuerySet[Edition]:
        found = WAITING.get(self.value() or "")
        return queryset.filter(pk__in=found(staff(request)).values("pk")) if found else queryset


class StartDraft(VerbForm):
    name = "add"
    label = gettext_lazy("Start a new draft")
    permission = "add_edition"
    explain = gettext_lazy("It begins as a copy of the newest published text in that language, or empty if there is none.")


@admin.register(Edition)
class EditionAdmin(PanelAdmin, FreshAdmin, ProseAdmin, Linked, VerbAdmin, AuditedAdmin):
    """Text is changed here while it is open; its status changes through the verbs."""

    change_form_template = "admin/conditions/edition/change_form.html"
    object_history_template = "admin/conditions/edition/history.html"
    panels = [
        PresencePanel,
        StatePanel,
        TranslationPanel,
        CoachPanel,
        CommentsPanel,
        LogPanel,
        PreviewLinksPanel,
        ComparePanel,
    ]
    linked_by = "condition"
    form = EditionForm
    inlines = [SectionInline, SourceInline]
    list_display = [
        "condition",
        "language",
        "number",
        "status",
        "publish_at",
        "review",
        "reviewed_by",
        "is_minor",
        "changed_at",
    ]
    list_display_links = ["condition"]
    list_filter = [WaitsFilter, "status", "is_minor", "language", "reviewed_by", "publish_at"]
    search_fields = ["condition__slug", "condition__names__text", "summary"]
    autocomplete_fields = ["condition", "asked"]
    readonly_fields = [name for row in (IDENTITY, *SIGNED_AND_SHOWN) for name in row]
    fieldsets = [
        (None, {"fields": [IDENTITY, "change_note", "is_minor", "asked"]}),
        (gettext_lazy("First on the page"), {"fields": ["summary", "key_points"]}),
        (gettext_lazy("Urgent advice"), {"fields": LEVELS}),
        (gettext_lazy("Who stands behind it"), {"fields": SIGNED_AND_SHOWN}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        found = super().get_queryset(request).select_related("condition", "reviewed_by")
        return found.prefetch_related("condition__names")

    @admin.display(description=gettext_lazy("review"), ordering="next_review_due")
    def review(self, row: Edition) -> str:
        return review_state(row) if row.status == Edition.Status.APPROVED else ""

    @admin.display(description=gettext_lazy("written by"))
    def written_by(self, row: Edition) -> str:
        """Everybody who saved text; none of them may sign it off."""
        return ", ".join(author.get_username() for author in row.authors.all()) or "–"

    def has_change_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_open)

    def has_delete_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_open)

    def get_inlines(self, request: HttpRequest, obj: Edition | None) -> list[Any]:
        return [*self.inlines, TranslationInline] if obj and obj.language != FALLBACK else self.inlines

    def get_verbs(self) -> Any:
        return VERBS

    def buttons(self, request: HttpRequest, obj: Edition) -> list[tuple[str, str]]:
        return [*super().buttons(request, obj), (reverse("admin:preview", args=[obj.pk]), _("Preview"))]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every event in sentences above the audit record."""
        edition = self.get_object(request, object_id)
        log = [describe(event) for event in edition.events.order_by("-pk")] if edition else []
        return super().history_view(request, object_id, {"log": log, **(extra_context or {})})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A saved change is an event as well."""
        logged = super().log_change(request, obj, message)
        fields = sorted(set(changed_fields(message)))
        if fields:
            actions.log_only(edition=obj, by=staff(request), verb="changed", words=", ".join(fields))
        return logged

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Who saves text becomes one of its authors."""
        super().save_related(request, form, formsets, change)
        edition = form.instance
        if form.has_changed() or any(formset.has_changed() for formset in formsets):
            edition.authors.add(staff(request))
            if actions.drop_stale_sign_off(edition=edition, by=staff(request)):
                messages.warning(request, _("The text was changed after the sign-off. It must be signed off again."))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A draft starts from what is published, so there is no empty form to fill."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        callback = partial(self.formfield_for_dbfield, request=request)
        form_class = modelform_factory(Edition, DraftForm, fields=["condition", "language"], formfield_callback=callback)
        posted = request.method == "POST"
        form = form_class(request.POST if posted else None, request.FILES if posted else None, initial=request.GET.dict())
        if form.is_valid():
            try:
                draft = start(by=staff(request), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                if form.cleaned_data["word"]:
                    messages.success(
                        request,
                        _("The text of the Word file is in this draft. Its comments, and what to check, stand as comments."),
                    )
                return HttpResponseRedirect(reverse("admin:conditions_edition_change", args=[draft.pk]))
        return self.render_verb(request, StartDraft, form, {})

    def verb_context(self, obj: Edition, verb: Any) -> dict[str, Any]:
        """What is missing, and the text itself where somebody answers for it."""
        text = text_to_review(obj) if verb.name in {"sign-off", "approve"} else {}
        return {"obstacles": obstacles(obj, verb.name)} | text

    def after_verb(self, request: HttpRequest, obj: Edition) -> str:
        """To the new version where there is one."""
        if request.resolver_match and request.resolver_match.kwargs["name"] in {"restore", "reschedule"}:
            obj = Edition.objects.of_page(obj).latest("number")
        return super().after_verb(request, obj)

    def get_view_on_site_url(self, obj: Edition | None = None) -> str | None:
        """Once visitors could read it; then for ever."""
        if obj is None or obj.is_open or obj.publish_at is None or obj.publish_at > (obj.withdrawn_at or timezone.now()):
            return None
        with override(obj.language):
            return obj.get_absolute_url()
