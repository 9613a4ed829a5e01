"""What stands on the page of an edition beside its form: who else has it open, how it stands, comments, and what happened."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext, override
from django.views.decorators.http import require_POST

from conditions import preview_links
from conditions.comparison import changed, compare
from conditions.edition_log import describe, planned_in_words
from conditions.models import PUBLISHED, Edition, EditionEvent, Presence, PreviewLink, SignOff
from foundation.adminkit.idempotency import FIELD, once
from foundation.adminkit.panels import AFTER, BESIDE, TOP, Panel
from foundation.adminkit.verbs import VerbForm, in_words, staff
from foundation.pages.http import absolute
from foundation.prose.typed import Prose
from foundation.workflow import Refused, name_of

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
        return {
            "note": is_signed if obj.signed_digest else "",
            "sent_back": self._sent_back(obj),
            "planned": planned_in_words(obj),
        }

    def _sent_back(self, edition: Edition) -> dict[str, Any] | None:
        last = edition.events.filter(verb__in=EditionEvent.MOVES).last()
        is_back = last and last.verb == "sent back" and edition.status == Edition.Status.DRAFT
        return describe(last) if last and is_back else None


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
        """At first what was published before beside this one."""
        edition = self.find(request, object_id)
        texts = _texts(edition)
        first = {"left": _version_before(edition), "right": str(edition.pk)}
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


def _version_before(edition: Edition) -> str:
    """The version before this one, or itself if it is the first."""
    earlier = Edition.objects.of_page(edition).filter(number__lt=edition.number)
    return str(earlier.order_by("-number").values_list("pk", flat=True).first() or edition.pk)


DAYS = (1, 3, 7, 14, 30)


class Share(VerbForm):
    """Makes a link. Its page shows the address, this once: also to a form that was sent twice, since its number makes the secret."""

    name = "share"
    label = gettext_lazy("Share a preview")
    permission = "change_edition"
    explain = gettext_lazy(
        "Makes an address that shows this draft to whoever has it, without an account, until it ends or you revoke it."
    )

    for_whom = Prose(
        label=gettext_lazy("For whom"), max_length=100, help_text=gettext_lazy("A name that you will recognise in comments.")
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("It works for"),
        coerce=int,
        initial=7,
        choices=lambda: [(days, ngettext("%(days)s day", "%(days)s days", days) % {"days": days}) for days in DAYS],
    )
    may_comment = forms.BooleanField(label=gettext_lazy("May leave comments"), required=False, initial=True)

    def make_link(self) -> dict[str, Any]:
        number = self.data.get(FIELD, "")
        link, secret = preview_links.make_link(edition=self.obj, by=self.by, form=number, **self.cleaned_data)
        with override(self.obj.language):
            return {"link": link, "address": absolute(self.request, reverse("conditions:preview_link", args=[secret]))}


class PreviewLinksPanel(Panel):
    template = "admin/conditions/edition/_preview_links.html"
    place = AFTER

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any] | None:
        if not obj.is_open:
            return None
        working = set(obj.preview_links.working().values_list("pk", flat=True))
        return {"links": obj.preview_links.select_related("made_by"), "working": working}

    def buttons(self, request: HttpRequest, obj: Edition) -> list[tuple[str, str]]:
        return [(self.reverse("share", obj), str(Share.label))] if self.admin.has_change_permission(request, obj) else []

    def urls(self) -> list[URLPattern]:
        return [
            self.path("<path:object_id>/share/", self.share_view, "share"),
            self.path("<path:object_id>/links/<int:link>/revoke/", require_POST(self.revoke_view), "revoke"),
        ]

    def share_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        edition = self.find(request, object_id, to="change")
        form = Share(request.POST if request.method == "POST" else None, request=request, obj=edition)
        context: dict[str, Any] = {"original": edition, "subtitle": edition}
        if form.is_valid():
            try:
                context |= form.make_link()
            except Refused as refusal:
                form.add_error(None, str(refusal))
        return self.admin.render_verb(request, Share, form, context)

    @once
    def revoke_view(self, request: HttpRequest, object_id: str, link: int) -> HttpResponse:
        edition = self.find(request, object_id, to="change")
        found = get_object_or_404(PreviewLink.objects.select_related("edition"), pk=link, edition=edition)
        preview_links.revoke_link(link=found, by=staff(request))
        messages.success(request, _("The link for %(name)s no longer works.") % {"name": found.for_whom})
        return HttpResponseRedirect(self.reverse("change", edition))
