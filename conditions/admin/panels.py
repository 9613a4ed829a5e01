"""What stands on the page of an edition beside its form: who else has it open, how it stands, comments, and what happened."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_POST

from conditions import preview_links
from conditions.comparison import changed, compare
from conditions.edition_log import describe, planned_in_words
from conditions.models import PUBLISHED, Edition, EditionEvent, Presence, PreviewLink, SignOff
from foundation.adminkit.idempotency import once
from foundation.adminkit.panels import AFTER, BESIDE, TOP, Panel
from foundation.adminkit.verbs import in_words, staff
from foundation.workflow import name_of

LATEST = 12


class PresencePanel(Panel):
    """Who else has the draft open. The page asks again every half minute (`admin-presence.js`)."""

    template = "admin/conditions/edition/_presence.html"
    place = TOP

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any] | None:
        return {"others_present": self._others(request, obj)} if obj.is_open else None

    def urls(self) -> list[URLPattern]:
        return [self.path("<path:object_id>/presence/", require_POST(self.presence_view), "presence")]

    def presence_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keeps that the page is open and answers who else is there, also for who may only read. It keeps no sign-in alive."""
        edition = self.find(request, object_id)
        if not edition.is_open:
            raise PermissionDenied
        Presence.objects.record(edition, staff(request))
        return JsonResponse({"words": self._others(request, edition)})

    def _others(self, request: HttpRequest, edition: Edition) -> str:
        """In sentences; "" if nobody else has it open."""
        return " ".join(
            _("%(name)s has this draft open too, since %(time)s.")
            % {"name": name_of(row.user), "time": time_format(timezone.localtime(row.since), "H:i")}
            for row in Presence.objects.others(edition, staff(request))
        )


class StatePanel(Panel):
    """What the status means for the text, why it was sent back, and what waits for an answer."""

    template = "admin/conditions/edition/_state.html"
    place = TOP

    class Media:
        css = {"all": ["css/admin-edition.css"]}

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any]:
        if not obj.is_open:
            return {"note": PUBLISHED}
        is_signed = _("This text is signed off. If you change a word of it, it must be signed off again.")
        last = obj.events.filter(verb__in=EditionEvent.MOVES).last()
        is_back = last and last.verb == "sent back" and obj.status == Edition.Status.DRAFT
        return {
            "note": is_signed if obj.signed_digest else "",
            "sent_back": describe(last) if last and is_back else None,
            "planned": planned_in_words(obj),
        }


class CommentsPanel(Panel):
    template = "admin/conditions/edition/_comments.html"
    place = BESIDE

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any]:
        comments = list(obj.comments.select_related("answered_by"))
        return {"comments": comments, "unanswered": sum(not comment.answer for comment in comments)}


class LogPanel(Panel):
    template = "admin/conditions/edition/_log.html"
    place = BESIDE

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any]:
        return {"log": [describe(event) for event in obj.events.order_by("-pk")[:LATEST]]}


class CompareForm(forms.Form):
    """Which two texts. A value is the number of an edition, or “s” and that of a signature."""

    left = forms.ChoiceField(label=gettext_lazy("Left"))
    right = forms.ChoiceField(label=gettext_lazy("Right"))

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("left", "right"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]


class ComparePanel(Panel):
    def buttons(self, request: HttpRequest, obj: Edition) -> list[tuple[str, str]]:
        return [(self.reverse("compare", obj), _("Compare"))]

    def urls(self) -> list[URLPattern]:
        return [self.path("<path:object_id>/compare/", self.compare_view, "compare")]

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """At first the version before this one beside it; the first version beside itself."""
        edition = self.find(request, object_id)
        texts = _texts(edition)
        before = Edition.objects.of_page(edition).filter(number__lt=edition.number).order_by("-number").first()
        first = {"left": str((before or edition).pk), "right": str(edition.pk)}
        form = CompareForm(first | request.GET.dict(), choices=[(key, title) for key, (title, _text) in texts.items()])
        context = {"form": form, "original": edition, "title": _("Compare"), "opts": self.admin.opts}
        if form.is_valid():
            left, right = (texts[form.cleaned_data[side]] for side in ("left", "right"))
            places = compare(_text_of(left[1]), _text_of(right[1]))
            context |= {"places": places, "changed": changed(places), "sides": [left[0], right[0]]}
        context |= self.admin.admin_site.each_context(request)
        return TemplateResponse(request, "admin/conditions/edition/compare.html", context)


def _texts(edition: Edition) -> dict[str, tuple[str, Edition | SignOff]]:
    """What can be compared: (title, where the text is) by value of the form."""
    found: dict[str, tuple[str, Edition | SignOff]] = {}
    same_page = Edition.objects.of_page(edition)
    for each in same_page.order_by("-number"):
        found[str(each.pk)] = (f"{_('Version %(number)s') % {'number': each.number}} ({each.get_status_display()})", each)
    for signed in SignOff.objects.filter(edition__in=same_page).select_related("reviewer", "edition").order_by("-pk"):
        words = _("Version %(number)s as %(who)s signed it on %(day)s")
        facts = {"number": signed.edition.number, "who": signed.reviewer, "day": in_words(signed.reviewed_on)}
        found[f"s{signed.pk}"] = (words % facts, signed)
    return found


def _text_of(source: Edition | SignOff) -> list[Any]:
    return source.text if isinstance(source, SignOff) else source.clinical_text()


class PreviewLinksPanel(Panel):
    template = "admin/conditions/edition/_preview_links.html"
    place = AFTER

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any] | None:
        if not obj.is_open:
            return None
        working = set(obj.preview_links.working().values_list("pk", flat=True))
        return {"links": obj.preview_links.select_related("made_by"), "working": working}

    def urls(self) -> list[URLPattern]:
        return [self.path("<path:object_id>/links/<int:link>/revoke/", require_POST(self.revoke_view), "revoke")]

    @once
    def revoke_view(self, request: HttpRequest, object_id: str, link: int) -> HttpResponse:
        edition = self.find(request, object_id, to="change")
        found = get_object_or_404(PreviewLink.objects.select_related("edition"), pk=link, edition=edition)
        preview_links.revoke_link(link=found, by=staff(request))
        messages.success(request, _("The link for %(name)s no longer works.") % {"name": found.for_whom})
        return HttpResponseRedirect(self.reverse("change", edition))
