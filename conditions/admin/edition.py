"""Writing an edition, and what is done with it. A published one can only be read."""

import json
import re
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.contrib import admin, messages
from django.contrib.admin.helpers import InlineAdminFormSet
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, override
from django_prose_editor.widgets import importmap
from js_asset import ImportMap, Media, Script  # type: ignore[import-untyped]

from conditions import actions
from conditions.admin.coach import CoachPanel, ReaderPanel
from conditions.admin.condition import DraftForm, review_state, start
from conditions.admin.edit_page import Fold, SignedText, first_folds, obstacles, section_folds, source_folds, text_to_review
from conditions.admin.panels import CommentsPanel, ComparePanel, LogPanel, PresencePanel, PreviewLinksPanel, StatePanel
from conditions.admin.parts import (
    EditionForm,
    SectionInline,
    SourceInline,
    TranslationInline,
    TranslationPanel,
    library_search,
)
from conditions.admin.verbs import VERBS, ApproveAhead, shown_in_words
from conditions.edition_log import describe, planned_in_words
from conditions.models import FALLBACK, LEVELS, Edition, Section
from conditions.worklist import WAITING
from foundation.adminkit.audit import AuditedAdmin, changed_fields
from foundation.adminkit.forms import ProseAdmin
from foundation.adminkit.link_notices import Linked
from foundation.adminkit.panels import PanelAdmin
from foundation.adminkit.verbs import VerbAdmin, VerbForm, clock, staff
from foundation.adminkit.working_copies import KeptAdmin
from foundation.workflow import Refused

IDENTITY = ("condition", "language", "number", "status")
SIGNED_AND_SHOWN = (
    ("written_by",),
    ("reviewed_by", "reviewed_with", "reviewed_on"),
    ("publish_at", "next_review_due"),
    ("withdrawn_at", "withdrawn_reason"),
)


# What the edit page needs at first; the editor itself (560 KB) comes when the first text is opened (`admin-folds.js`).
EDIT_PAGE = Media(
    importmap=importmap | ImportMap({f"portal/{name}": f"js/admin-{name}.js" for name in ("editor", "paste", "links")}),
    js=[Script("js/admin-folds.js", type="module")],
)
PLACE = re.compile(r"[\w-]{1,60}", re.ASCII)


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


class RowsOfEditPage(InlineAdminFormSet):
    """Scripts and styles are those of the page; to gather them from every row took a seventh of its time."""

    media = Media()


class StartDraft(VerbForm):
    name = "add"
    label = gettext_lazy("Start a new draft")
    permission = "add_edition"
    explain = gettext_lazy("It begins as a copy of the newest published text in that language, or empty if there is none.")


@admin.register(Edition)
class EditionAdmin(PanelAdmin, KeptAdmin, ProseAdmin, Linked, VerbAdmin, AuditedAdmin):
    """Text is changed here while it is open; its status changes through the verbs."""

    change_form_template = "admin/conditions/edition/change_form.html"
    object_history_template = "admin/conditions/edition/history.html"
    panels = [
        PresencePanel,
        StatePanel,
        TranslationPanel,
        CoachPanel,
        ReaderPanel,
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
    list_filter = [WaitsFilter, "status", "is_minor", "language", "publish_at"]
    search_fields = ["condition__slug", "condition__names__text", "summary", "reviewed_by__name"]
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

    def get_inline_formsets(self, request: HttpRequest, *args: Any, **kwargs: Any) -> list[Any]:
        found = super().get_inline_formsets(request, *args, **kwargs)
        facts = ("fieldsets", "readonly_fields", *(f"has_{verb}_permission" for verb in ("add", "change", "delete", "view")))
        return [
            RowsOfEditPage(each.opts, each.formset, model_admin=self, **{name: getattr(each, name) for name in facts})
            for each in found
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Edition | None = None) -> Any:
        own = super().get_fieldsets(request, obj)
        return own if self.has_change_permission(request, obj) else [own[0], own[-1]]

    def get_verbs(self) -> Any:
        return VERBS

    def buttons(self, request: HttpRequest, obj: Edition) -> list[tuple[str, str]]:
        """All but that which submits: a button of the form does it."""
        submit = reverse("admin:conditions_edition_submit", args=[obj.pk])
        found = [button for button in super().buttons(request, obj) if button[0] != submit]
        return [*found, (reverse("admin:preview", args=[obj.pk]), _("Preview"))]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        edition: Edition = context["original"]
        if edition.is_open:
            signed = SignedText.of(edition)
            context |= {"signature_needed": signed.needed, "is_nav_sidebar_enabled": False}
        if not self.has_change_permission(request, edition):  # nobody has it for one that is not open
            response: Any = super().render_change_form(request, context | text_to_review(edition), *args, **kwargs)
            response.template_name = "admin/conditions/edition/read.html"
            return response
        context["media"] = EDIT_PAGE
        context |= _edit_page(context, signed) | {"publish_at": (request.POST or request.GET).get("publish_at", "")}
        return super().render_change_form(request, context, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Edition) -> HttpResponse:
        """One stands where one was: at the part whose button was pressed, or that was open. A moment that was typed stays in its box."""
        response: Any
        if "_submit" in request.POST or "_usual" in request.POST:
            self._go_on(request, obj)
            response = HttpResponseRedirect(reverse("admin:conditions_edition_change", args=[obj.pk]) + "#todo")
        else:
            response = super().response_change(request, obj)
        place = request.POST.get("_continue", "")
        if PLACE.fullmatch(place) and isinstance(response, HttpResponseRedirect):
            response["Location"] += f"#{place}"
        if request.POST.get("publish_at") and Edition.objects.filter(pk=obj.pk, status=Edition.Status.DRAFT).exists():
            response["Location"] = _with_moment(response["Location"], request)
        return response

    def _go_on(self, request: HttpRequest, edition: Edition) -> None:
        """What was typed is saved; then it is submitted, or gets its usual sections."""
        by = staff(request)
        try:
            with transaction.atomic():
                if "_usual" in request.POST:
                    actions.add_usual_sections(edition=edition, by=by)
                    self.message_user(
                        request, _("The sections stand below, empty. Those left empty are left out."), messages.SUCCESS
                    )
                    return
                left_out = list(edition.sections.filter(body="", picture=""))
                actions.submit(edition=edition, by=by)
                ahead = self._approve_ahead(request, edition)
        except Refused as refusal:
            self.message_user(request, _("What you typed is saved."), messages.SUCCESS)
            messages.error(request, _("It is not submitted yet. %(what)s") % {"what": refusal})
            return
        said = [str(_("Saved. The text now waits for its clinical reviewer.")), *ahead]
        if request.POST.get("publish_at") and not ahead:
            said.append(str(_("The day that you typed was not used: “Approve ahead” above takes it.")))
        if left_out:
            names = ", ".join(section.title for section in left_out)
            said.append(str(_("Left out, because they are empty: %(names)s.") % {"names": names}))
        self.message_user(request, " ".join(said), messages.SUCCESS)

    def _approve_ahead(self, request: HttpRequest, edition: Edition) -> list[str]:
        if request.POST["_submit"] != ApproveAhead.name:
            return []
        form = ApproveAhead(request.POST, request=request, obj=edition)
        if not self._may(request, ApproveAhead):
            raise PermissionDenied
        if not form.is_valid():
            raise Refused(" ".join(str(error) for errors in form.errors.values() for error in errors))
        return [form.act()]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        edition = self.get_object(request, object_id)
        log = [describe(event) for event in edition.events.order_by("-pk")] if edition else []
        return super().history_view(request, object_id, {"log": log, **(extra_context or {})})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        super().log_change(request, obj, message)
        fields = sorted(set(changed_fields(message)))
        if fields:
            actions.log_only(edition=obj, by=staff(request), verb="changed", words=", ".join(fields))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        edition = form.instance
        if form.has_changed() or any(formset.has_changed() for formset in formsets):
            edition.authors.add(staff(request))
            if actions.drop_stale_sign_off(edition=edition, by=staff(request)):
                messages.warning(request, _("The text was changed after the sign-off. It must be signed off again."))
            actions.approve_as_planned(edition)  # whom it waited for is asked no more
            if edition.status == Edition.Status.APPROVED:
                messages.success(request, shown_in_words(edition.publish_at or timezone.now()))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A draft starts from what is published, so there is no empty form to fill."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        callback = partial(self.formfield_for_dbfield, request=request)
        form_class = modelform_factory(Edition, DraftForm, fields=["condition", "language"], formfield_callback=callback)
        posted = request.method == "POST"
        sent = request.POST if "condition" in request.POST else request.GET  # a button of a list names the page in its address
        form = form_class(sent if posted else None, request.FILES if posted else None, initial=request.GET.dict())
        if form.is_valid():
            page = {name: form.cleaned_data[name] for name in ("condition", "language")}
            begun = Edition.objects.open().filter(**page).first()
            if begun and sent is request.GET:
                return HttpResponseRedirect(reverse("admin:conditions_edition_change", args=[begun.pk]))
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
        text = text_to_review(obj) if verb.name in {"sign-off", "approve"} else {}
        return {"obstacles": obstacles(obj, verb.name), "planned": planned_in_words(obj)} | text

    def after_verb(self, request: HttpRequest, obj: Edition) -> str:
        if request.resolver_match and request.resolver_match.kwargs["name"] in {"restore", "reschedule"}:
            obj = Edition.objects.of_page(obj).latest("number")
        return super().after_verb(request, obj)

    def get_view_on_site_url(self, obj: Edition | None = None) -> str | None:
        if obj is None or obj.is_open or obj.publish_at is None or obj.publish_at > (obj.withdrawn_at or timezone.now()):
            return None
        with override(obj.language):
            return obj.get_absolute_url()


def _with_moment(address: str, request: HttpRequest) -> str:
    """The edit page again, with the moment that is no part of the text and was typed all the same."""
    parts = urlsplit(address)
    moment = urlencode({"publish_at": request.POST["publish_at"][:40]})
    query = f"{parts.query}&{moment}" if parts.query else moment
    return urlunsplit(("", "", parts.path, query, parts.fragment)) if parts.path == request.path else address


def _edit_page(context: dict[str, Any], signed: SignedText) -> dict[str, Any]:
    edition, form = signed.edition, context["adminform"].form
    sections, sources, *translation = (each.formset for each in context["inline_admin_formsets"])
    folds = section_folds(signed, sections)
    kinds = {fold.kind for fold in folds}
    return {
        "first_folds": first_folds(signed, form),
        "section_folds": folds,
        "source_folds": source_folds(signed, sources, len(sections.initial_forms)),
        "new_section": Fold("", _("New section")),
        "new_source": Fold("", _("New source")),
        "kinds": Section.Kind.choices,
        "lacks_usual": edition.language == FALLBACK and not kinds.issuperset(Section.Kind.values),
        "translation_formset": translation[0] if translation else None,
        "about_error": any(name in form.errors for name in ("change_note", "asked")),
        "to_do": obstacles(edition, "submit"),
        "clock": clock(),
        "prose_config": json.dumps(sections.empty_form.fields["body"].widget.get_config()),
        "library_address": library_search(),
    }
