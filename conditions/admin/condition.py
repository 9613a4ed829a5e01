"""A condition in the admin: its names and codes, and at a glance how its text stands in each language."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, gettext_lazy, override

from conditions import actions, word_drafts
from conditions.models import FALLBACK, Condition, ConditionCode, ConditionName, Edition
from conditions.review_mails import mail_history
from conditions.worklist import SOON
from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.bulk import LookAgainFilter, OwnerFilter, UpkeepAdmin, UpkeepForm
from foundation.adminkit.forms import TabularPart
from foundation.adminkit.link_notices import Linked
from foundation.adminkit.verbs import SavesFirst, in_words, staff
from foundation.prose.word.document import WordText, read
from foundation.prose.word.package import MOST_BYTES


class DraftForm(forms.ModelForm):
    """`word` becomes what was read of the file."""

    word = forms.FileField(
        label=gettext_lazy("From a Word file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".docx"}),
        help_text=gettext_lazy(
            "If you have one (.docx): its headings become sections. Short answer, urgent advice and sources stay those of the "
            "published text. What could not be taken over stands as comments on the draft."
        ),
    )

    def clean_word(self) -> WordText | None:
        upload = self.cleaned_data["word"]
        if upload is None:
            return None
        if upload.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 20 MB. Take pictures out of it and try again."), code="too_large")
        text = read(upload.read())
        word_drafts.check_length(text)
        return text


@transaction.atomic
def start(*, word: WordText | None, by: User, **page: Any) -> Edition:
    """Where there is nothing to begin with, in the first language, the usual sections stand there empty."""
    if word:
        return word_drafts.start_draft_from_word(text=word, by=by, **page)
    draft = actions.start_draft(by=by, **page)
    if draft.language == FALLBACK and not draft.sections.exists():
        actions.add_usual_sections(edition=draft, by=by)
    return draft


def review_state(edition: Edition) -> str:
    """When the promised next review is due, or since when it is overdue."""
    if edition.next_review_due is None:
        return ""
    day = in_words(edition.next_review_due)
    return _("overdue since %(day)s") % {"day": day} if edition.is_overdue else _("due %(day)s") % {"day": day}


class ReviewFilter(admin.SimpleListFilter):
    title = gettext_lazy("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("overdue", gettext_lazy("Overdue")),
            ("soon", gettext_lazy("Due within 90 days")),
            ("never", gettext_lazy("Nothing published")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Condition]) -> QuerySet[Condition]:
        live, today = Edition.objects.live(), timezone.localdate()
        if self.value() == "overdue":
            return queryset.filter(pk__in=live.filter(next_review_due__lt=today).values("condition"))
        if self.value() == "soon":
            return queryset.filter(pk__in=live.filter(next_review_due__range=(today, today + SOON)).values("condition"))
        return queryset.exclude(pk__in=live.values("condition")) if self.value() == "never" else queryset


class ConditionUpkeep(UpkeepForm):
    """The day on a signed page stays: how often it is reviewed counts from its next version on."""

    review_every_months = forms.IntegerField(
        label=gettext_lazy("Review every (months)"),
        required=False,
        min_value=1,
        max_value=60,
        help_text=gettext_lazy("From the next version on. The day that a signed page promises stays as it was signed."),
    )
    columns = (*UpkeepForm.columns, "review_every_months")


class NameInline(TabularPart):
    model = ConditionName

    def get_min_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 1


class CodeInline(TabularPart):
    model = ConditionCode


@admin.register(Condition)
class ConditionAdmin(UpkeepAdmin, Linked, SavesFirst, AuditedAdmin):
    bulk_form = ConditionUpkeep
    list_display = ["__str__", "live", "review", "open_drafts", "upkeep", "is_sample"]
    list_filter = [
        ReviewFilter,
        LookAgainFilter,
        "departments",
        ("owner", OwnerFilter),
        "tags",
        "is_sample",
    ]
    list_select_related = ["owner"]
    search_fields = ["slug", "names__text", "codes__code"]
    autocomplete_fields = ["departments", "lead_department", "related", "not_to_be_confused_with", "tags"]
    readonly_fields = ["review_mails"]
    inlines = [NameInline, CodeInline]
    fieldsets = [
        (None, {"fields": ["slug", "owner", "review_every_months", "review_mails", "departments", "lead_department"]}),
        (gettext_lazy("For staff alone"), {"fields": ["look_again_on", "tags"]}),
        (gettext_lazy("Beside this condition"), {"fields": ["related", "not_to_be_confused_with", "is_sample"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Condition]:
        live = Prefetch("editions", Edition.objects.live().order_by("language"), "live_editions")
        drafts = Prefetch("editions", Edition.objects.open().order_by("language"), "drafts")
        return super().get_queryset(request).prefetch_related("names", "tags", live, drafts)

    def get_list_display(self, request: HttpRequest) -> Any:
        own = list(super().get_list_display(request))
        return [own[0], "write", *own[1:]] if request.user.has_perm("conditions.add_edition") else own

    @admin.display(description=gettext_lazy("edit the text"))
    def write(self, row: Any) -> SafeString:
        drafts = {draft.language: draft.pk for draft in row.drafts}
        ways = ((self._way_in(row, drafts, code, str(name)),) for code, name in settings.LANGUAGES)
        return format_html_join(" ", "{}", ways)

    def _way_in(self, row: Any, drafts: dict[str, int], code: str, name: str) -> SafeString:
        if code in drafts:
            return format_html('<a href="{}">{}</a>', reverse("admin:conditions_edition_change", args=[drafts[code]]), name)
        label = _("Start a draft of “%(title)s”, %(language)s") % {"title": row, "language": name}
        address = row.new_draft_address(code)
        return format_html('<button class="as-link" formaction="{}" title="{}">{}</button>', address, label, name)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        if "_write" in request.POST and request.user.has_perm("conditions.add_edition"):
            draft = start(word=None, by=staff(request), condition=obj, language=FALLBACK)
            return HttpResponseRedirect(reverse("admin:conditions_edition_change", args=[draft.pk]))
        return super().response_add(request, obj, post_url_continue)

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        own: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        is_first = isinstance(inline, NameInline) and obj.pk is None
        first = {"language": FALLBACK, "kind": ConditionName.Kind.PREFERRED}
        return own | {"initial": [first]} if is_first else own

    @admin.display(description=gettext_lazy("on the site"))
    def live(self, row: Any) -> str:
        version = _("version %d")
        return ", ".join(f"{each.get_language_display()} ({version % each.number})" for each in row.live_editions)

    @admin.display(description=gettext_lazy("review"))
    def review(self, row: Any) -> str:
        return ", ".join(f"{e.get_language_display()}: {review_state(e)}" for e in row.live_editions)

    @admin.display(description=gettext_lazy("mails about the review"))
    def review_mails(self, row: Any) -> str:
        """What became of those about the live editions, one on each line."""
        return "\n".join(mail_history(getattr(row, "live_editions", []))) or "–"

    @admin.display(description=gettext_lazy("being written"))
    def open_drafts(self, row: Any) -> str:
        return ", ".join(f"{e.get_language_display()}: {e.get_status_display()}" for e in row.drafts)

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        if obj is None or not obj.live_editions:
            return None
        languages = [edition.language for edition in obj.live_editions]
        with override("en" if "en" in languages else languages[0]):
            return obj.get_absolute_url()

    def buttons(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        drafts = {draft.language: draft.pk for draft in obj.drafts}
        found = []
        for language, name in settings.LANGUAGES:
            if language in drafts:
                address = reverse("admin:conditions_edition_change", args=[drafts[language]])
                found.append((address, _("Go to the draft (%(language)s)") % {"language": name}))
            elif request.user.has_perm("conditions.add_edition"):
                found.append((obj.new_draft_address(language), _("Start a new draft (%(language)s)") % {"language": name}))
        return found
