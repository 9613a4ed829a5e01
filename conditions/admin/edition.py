"""Writing an edition, and what is done with it. A published one can only be read."""

from functools import partial
from typing import Any

from django import forms
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
from conditions.admin.coach import Coached
from conditions.admin.condition import review_state
from conditions.admin.filters import WaitsFilter
from conditions.admin.parts import SectionInline, SourceInline
from conditions.admin.review_context import missing, reading
from conditions.admin.sharing import Shared
from conditions.admin.verbs import VERBS
from conditions.admin.workflow import Lived
from conditions.models import Edition
from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.edit_conflicts import FreshAdmin
from foundation.adminkit.forms import ProseAdmin
from foundation.adminkit.link_notices import Linked
from foundation.adminkit.picture_forms import Thumbnail
from foundation.adminkit.verbs import Verb, VerbAdmin, staff
from foundation.workflow import Refused

START = Verb(
    "add",
    gettext_lazy("Start a new draft"),
    "add_edition",
    possible=lambda request, edition: True,
    act=lambda request, edition, answers: "",
    explain=gettext_lazy("It begins as a copy of the newest published text in that language, or empty if there is none."),
)


@admin.register(Edition)
class EditionAdmin(Coached, Shared, Thumbnail, Lived, FreshAdmin, ProseAdmin, Linked, VerbAdmin, AuditedAdmin):
    """Text is changed here while it is open; its status changes through the verbs."""

    change_form_template = "admin/conditions/edition/change_form.html"
    refusals = (Refused,)
    linked_by = "condition"
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
    readonly_fields = [
        "condition",
        "language",
        "number",
        "status",
        "written_by",
        "reviewed_by",
        "reviewed_on",
        "reviewed_with",
        "publish_at",
        "next_review_due",
        "withdrawn_at",
        "withdrawn_reason",
    ]
    fieldsets = [
        (None, {"fields": [("condition", "language", "number", "status"), "change_note", "is_minor", "asked"]}),
        (gettext_lazy("First on the page"), {"fields": ["summary", "key_points"]}),
        (gettext_lazy("Urgent advice"), {"fields": ["ask_us", "call_today", "emergency"]}),
        (
            gettext_lazy("Who stands behind it"),
            {
                "fields": [
                    "written_by",
                    ("reviewed_by", "reviewed_with", "reviewed_on"),
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

    def get_verbs(self) -> Any:
        """What each does is in `conditions.admin.verbs`."""
        return VERBS

    def buttons(self, request: HttpRequest, obj: Edition) -> list[tuple[str, str]]:
        """The verbs, the comparison, and the preview."""
        compare = (reverse("admin:conditions_edition_compare", args=[obj.pk]), _("Compare"))
        return [*super().buttons(request, obj), compare, (reverse("admin:preview", args=[obj.pk]), _("Preview"))]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """With a line on top that says what the status means for the text."""
        edition = context.get("original")
        if edition and not edition.is_open:
            context["note"] = _("This edition was published, so its text cannot be changed. Start a new draft instead.")
        elif edition and edition.signed_digest:
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
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                return HttpResponseRedirect(reverse("admin:conditions_edition_change", args=[draft.pk]))
        return self.render_verb(request, START, form, {})

    def verb_form(self, request: HttpRequest, obj: Edition, verb: Verb) -> forms.Form:
        """Each form knows its edition; an address may name the section or the comment it is about."""
        initial = self.verb_initial(obj, verb) | request.GET.dict()
        return verb.form(request.POST if request.method == "POST" else None, initial=initial, edition=obj)

    def verb_initial(self, obj: Edition, verb: Verb) -> dict[str, Any]:
        """The digest of what is on the screen; the day a review falls due by the condition's interval."""
        if verb.name == "sign-off":
            return {"digest": obj.digest()}
        if verb.name == "approve":
            signed = actions.earlier_signatures(obj, obj.digest()).first()
            months = obj.condition.review_every_months
            return {"next_review_due": actions.months_after(signed.reviewed_on, months)} if signed else {}
        return {}

    def verb_context(self, obj: Edition, verb: Verb) -> dict[str, Any]:
        """What is missing, and the text itself where somebody answers for it."""
        return {"missing": missing(obj, verb.name)} | (reading(obj) if verb.name in {"sign-off", "approve"} else {})

    def after_verb(self, request: HttpRequest, obj: Edition) -> str:
        """To the new draft once one was started."""
        if request.resolver_match and request.resolver_match.kwargs["name"] == "restore":
            obj = Edition.objects.open().get(condition=obj.condition_id, language=obj.language)
        return super().after_verb(request, obj)

    def get_view_on_site_url(self, obj: Edition | None = None) -> str | None:
        """Once visitors could read it; then for ever."""
        if obj is None or obj.is_open or obj.publish_at is None or obj.publish_at > (obj.withdrawn_at or timezone.now()):
            return None
        with override(obj.language):
            return obj.get_absolute_url()
