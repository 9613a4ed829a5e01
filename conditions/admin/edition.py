"""Writing an edition, and what is done with it. A published one can only be read."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from conditions import actions
from conditions.admin.condition import draft_address, review_state
from conditions.admin.parts import SectionInline, SourceInline
from conditions.admin.verbs import VERBS
from conditions.models import Edition
from foundation.audit.admin import AuditedAdmin, FreshAdmin
from foundation.publishing.admin import ProseAdmin, Thumbnail
from foundation.publishing.text import shown
from foundation.publishing.verbs import Verb, VerbAdmin, staff

START = Verb(
    "add",
    gettext_lazy("Start a new draft"),
    "add_edition",
    possible=lambda request, edition: True,
    act=lambda request, edition, answers: "",
    explain=gettext_lazy("It begins as a copy of the newest published text in that language, or empty if there is none."),
)


@admin.register(Edition)
class EditionAdmin(Thumbnail, FreshAdmin, ProseAdmin, VerbAdmin, AuditedAdmin):
    """Text is changed here while it is open; its status changes through the verbs."""

    refusals = (actions.NotAllowed,)
    inlines = [SectionInline, SourceInline]
    list_display = ["condition", "language", "number", "status", "publish_at", "review", "reviewed_by", "changed_at"]
    list_display_links = ["condition"]
    list_filter = ["status", "language", "reviewed_by", "publish_at"]
    search_fields = ["condition__slug", "condition__names__text", "summary"]
    autocomplete_fields = ["condition"]
    readonly_fields = [
        "condition",
        "language",
        "number",
        "status",
        "written_by",
        "reviewed_by",
        "reviewed_on",
        "publish_at",
        "next_review_due",
        "withdrawn_at",
        "withdrawn_reason",
    ]
    fieldsets = [
        (None, {"fields": [("condition", "language", "number", "status"), "change_note"]}),
        (gettext_lazy("First on the page"), {"fields": ["summary", "key_points"]}),
        (gettext_lazy("Urgent advice"), {"fields": ["ask_us", "call_today", "emergency"]}),
        (
            gettext_lazy("Who stands behind it"),
            {
                "fields": [
                    "written_by",
                    ("reviewed_by", "reviewed_on"),
                    ("publish_at", "next_review_due"),
                    ("withdrawn_at", "withdrawn_reason"),
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        """With what a row is called."""
        found = super().get_queryset(request).select_related("condition", "reviewed_by")
        return found.prefetch_related("condition__names")

    @admin.display(description=gettext_lazy("review"), ordering="next_review_due")
    def review(self, row: Edition) -> str:
        """Only what was approved has a review to come."""
        return review_state(row) if row.status == Edition.Status.APPROVED else ""

    @admin.display(description=gettext_lazy("written by"))
    def written_by(self, row: Edition) -> str:
        """Everybody who saved text; none of them may sign it off."""
        return ", ".join(author.get_username() for author in row.authors.all()) or "–"

    def has_change_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        """What was published is read, never changed."""
        return super().has_change_permission(request, obj) and (obj is None or obj.is_open)

    def has_delete_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        """What was published is kept."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_open)

    def get_verbs(self) -> list[Verb]:
        """Submit, send back, sign off, approve, withdraw."""
        return VERBS

    def buttons(self, request: HttpRequest, obj: Edition) -> list[tuple[str, str]]:
        """The verbs, the preview, and for what was published the way to a new draft."""
        found = [*super().buttons(request, obj), (reverse("admin:preview", args=[obj.pk]), _("Preview"))]
        if not obj.is_open and request.user.has_perm("conditions.add_edition"):
            found.insert(0, (draft_address(obj.condition_id, obj.language), START.label))
        return found

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """With a line on top that says what the status means for the text."""
        edition = context.get("original")
        if edition and not edition.is_open:
            context["note"] = _("This edition was published, so its text cannot be changed. Start a new draft instead.")
        elif edition and edition.is_signed:
            context["note"] = _("This text is signed off. If you change a word of it, it must be signed off again.")
        return super().render_change_form(request, context, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Who saves text has written in it."""
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
        made = modelform_factory(Edition, fields=["condition", "language"], formfield_callback=callback)
        form = made(request.POST if request.method == "POST" else None, initial=request.GET.dict())
        if form.is_valid():
            try:
                draft = actions.start_draft(**form.cleaned_data, by=staff(request))
            except actions.NotAllowed as refusal:
                form.add_error(None, str(refusal))
            else:
                return HttpResponseRedirect(reverse("admin:conditions_edition_change", args=[draft.pk]))
        return self.render_verb(request, START, form, {})

    def verb_initial(self, obj: Edition, verb: Verb) -> dict[str, Any]:
        """The digest of what is on the screen; the day a review falls due by the condition's interval."""
        if verb.name == "sign-off":
            return {"digest": obj.digest()}
        if verb.name == "approve" and obj.reviewed_on:
            return {"next_review_due": actions.months_after(obj.reviewed_on, obj.condition.review_every_months)}
        return {}

    def verb_context(self, obj: Edition, verb: Verb) -> dict[str, Any]:
        """The text itself where somebody answers for it."""
        if verb.name not in {"sign-off", "approve"}:
            return {}
        levels = [(label_for_field(level, Edition), signs) for level, signs in obj.urgent.items()]
        sections = [(section, shown(section.body), self.thumbnail(section)) for section in obj.sections.all()]
        return {"sections": sections, "urgent": levels, "digest": obj.digest()}

    def get_view_on_site_url(self, obj: Edition | None = None) -> str | None:
        """Once visitors could read it; then for ever."""
        if obj is None or obj.is_open or obj.publish_at is None or obj.publish_at > (obj.withdrawn_at or timezone.now()):
            return None
        with override(obj.language):
            return obj.get_absolute_url()
