"""What happened to an edition, on its pages in the admin: log, comments, signatures, and any two texts compared."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions import actions, comparing
from conditions.admin.forms import CompareForm
from conditions.edition_log import told
from conditions.models import Edition, SignOff
from foundation.adminkit.audit import changed_fields
from foundation.adminkit.verbs import in_words, staff

LATEST = 12
MOVES = {"submitted", "sent back", "took back"}


class Lived(admin.ModelAdmin):
    """Log, comments, what the digest decides, and the page that compares."""

    object_history_template = "admin/conditions/edition/history.html"

    def get_urls(self) -> list[URLPattern]:
        """With the comparison."""
        view = self.admin_site.admin_view(self.compare_view)
        return [path("<path:object_id>/compare/", view, name="conditions_edition_compare"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """The latest steps, why the text was sent back, the comments, and whether it must be signed."""
        edition = context.get("original")
        if edition:
            steps = list(edition.steps.order_by("-pk"))
            latest = next((step for step in steps if step.verb in MOVES), None)
            comments = list(edition.comments.select_related("answered_by"))
            sent_back = latest and latest.verb == "sent back" and edition.status == Edition.Status.DRAFT
            context |= {
                "log": [told(step) for step in steps[:LATEST]],
                "sent_back": told(latest) if latest and sent_back else None,
                "comments": comments,
                "waits": sum(not comment.answer for comment in comments) if edition.is_open else 0,
                "decided": decided(edition) if edition.is_open else None,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every step in sentences above the audit record."""
        edition = self.get_object(request, object_id)
        log = [told(step) for step in edition.steps.order_by("-pk")] if edition else []
        return super().history_view(request, object_id, {"log": log, **(extra_context or {})})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A saved change is a step as well."""
        logged = super().log_change(request, obj, message)
        fields = sorted(set(changed_fields(message)))
        if fields:
            actions.log_only(edition=obj, by=staff(request), verb="changed", words=", ".join(fields))
        return logged

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Two texts of one page, side by side: at first what was published before beside this one."""
        edition = self.get_object(request, object_id)
        if edition is None:
            raise Http404
        if not self.has_view_permission(request, edition):
            raise PermissionDenied
        texts = _texts(edition)
        first = {"left": _before(edition), "right": str(edition.pk)}
        form = CompareForm(first | request.GET.dict(), choices=[(key, words) for key, (words, _text) in texts.items()])
        context: dict[str, Any] = {"form": form, "original": edition, "title": _("Compare"), "opts": self.opts}
        if form.is_valid():
            sides = [texts[form.cleaned_data[side]] for side in ("left", "right")]
            places = comparing.compare(_text_of(sides[0][1]), _text_of(sides[1][1]))
            context |= {"places": places, "changed": comparing.changed(places), "sides": [words for words, _text in sides]}
        return TemplateResponse(
            request, "admin/conditions/edition/compare.html", self.admin_site.each_context(request) | context
        )


def decided(edition: Edition) -> dict[str, str]:
    """Whether this text must be signed, as its digest decides: `words`, and the `address` of what differs."""
    digest = edition.digest()
    same = actions.earlier_signatures(edition, digest).last()
    if same:
        words = _("No word, link or picture differs from the text that %(who)s signed on %(day)s.")
        return {"words": words % {"who": same.reviewer, "day": in_words(same.reviewed_on)}, "address": ""}
    last = actions.last_signature(edition, digest)
    if last is None:
        return {"words": _("Nobody signed a text of this page yet. It must be signed."), "address": ""}
    count = len(comparing.changed(comparing.compare(last.text, edition.clinical_text())))
    words = ngettext(
        "%(count)d place differs from the text that %(who)s signed on %(day)s. It must be signed.",
        "%(count)d places differ from the text that %(who)s signed on %(day)s. It must be signed.",
        count,
    )
    address = reverse("admin:conditions_edition_compare", args=[edition.pk])
    facts = {"count": count, "who": last.reviewer, "day": in_words(last.reviewed_on)}
    return {"words": words % facts, "address": f"{address}?left=s{last.pk}"}


def _texts(edition: Edition) -> dict[str, tuple[str, Edition | SignOff]]:
    """What can be compared: (words, where the text is) by value of the form."""
    found: dict[str, tuple[str, Edition | SignOff]] = {}
    same_page = Edition.objects.filter(condition=edition.condition_id, language=edition.language)
    for each in same_page.order_by("-number"):
        found[str(each.pk)] = (f"{_('Version %(number)s') % {'number': each.number}} ({each.get_status_display()})", each)
    for signed in SignOff.objects.filter(edition__in=same_page).select_related("reviewer", "edition").order_by("-pk"):
        words = _("Version %(number)s as %(who)s signed it on %(day)s")
        facts = {"number": signed.edition.number, "who": signed.reviewer, "day": in_words(signed.reviewed_on)}
        found[f"s{signed.pk}"] = (words % facts, signed)
    return found


def _text_of(source: Edition | SignOff) -> list[Any]:
    return source.text if isinstance(source, SignOff) else source.clinical_text()


def _before(edition: Edition) -> str:
    """The version before this one, or itself if it is the first."""
    earlier = Edition.objects.filter(condition=edition.condition_id, language=edition.language, number__lt=edition.number)
    return str(earlier.order_by("-number").values_list("pk", flat=True).first() or edition.pk)
