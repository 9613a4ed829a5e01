"""On the page of a draft: links to show it to people without an account, and who else has it open."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override
from django.views.decorators.http import require_POST

from conditions import sharing
from conditions.models import Edition, PreviewLink
from foundation.adminkit.idempotency import FIELD, once
from foundation.adminkit.verbs import Verb, VerbAdmin, staff
from foundation.pages.http import absolute
from foundation.prose.boxes import Prose
from foundation.workflow import Refused

DAYS = (1, 3, 7, 14, 30)
CHANGE = "admin:conditions_edition_change"
SHARE = Verb(
    "share",
    gettext_lazy("Share a preview"),
    "change_edition",
    possible=lambda request, edition: edition.is_open,
    act=lambda request, edition, answers: "",
    explain=gettext_lazy(
        "Makes an address that shows this draft to whoever has it, without an account, until it ends or you revoke it."
    ),
)


class ShareForm(forms.Form):
    """Whom the link is for and how long it works."""

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


class Shared(VerbAdmin):
    """The button “Share a preview”, the list of links with a button to revoke each, and who else is here."""

    def get_urls(self) -> list[URLPattern]:
        """Before the catch-all of Django's admin."""
        views: list[tuple[str, str, Callable[..., HttpResponse]]] = [
            ("share", "share/", self.share_view),
            ("revoke", "links/<int:link>/revoke/", require_POST(self.revoke_view)),
            ("presence", "presence/", require_POST(self.presence_view)),
        ]
        own = [
            path(f"<path:object_id>/{end}", self.admin_site.admin_view(view), name=f"conditions_edition_{name}")
            for name, end, view in views
        ]
        return own + super().get_urls()

    def buttons(self, request: HttpRequest, obj: Edition) -> list[tuple[str, str]]:
        """With the one that shares."""
        shared = [(reverse("admin:conditions_edition_share", args=[obj.pk]), SHARE.label)]
        return super().buttons(request, obj) + (shared if self.has_change_permission(request, obj) else [])

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """With the links, and with who else has the draft open."""
        edition = context.get("original")
        if edition and edition.is_open:
            context["links"] = edition.preview_links.select_related("made_by")
            context["working"] = set(edition.preview_links.working().values_list("pk", flat=True))
            context["others_here"] = sharing.others_here(edition, staff(request))
        return super().render_change_form(request, context, *args, **kwargs)

    def share_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks; then shows the address, this once: also to a form that was sent twice, since its number makes the secret."""
        edition = self._draft(request, object_id)
        form = ShareForm(request.POST if request.method == "POST" else None)
        context: dict[str, Any] = {"original": edition, "subtitle": edition}
        if form.is_valid():
            try:
                number = request.POST.get(FIELD, "")
                link, secret = sharing.share(edition=edition, by=staff(request), form=number, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                context |= {"link": link, "address": _address(request, edition, secret)}
        return self.render_verb(request, SHARE, form, context)

    @once
    def revoke_view(self, request: HttpRequest, object_id: str, link: int) -> HttpResponse:
        """Ends one link of this draft, at once."""
        edition = self._draft(request, object_id)
        found = get_object_or_404(PreviewLink.objects.select_related("edition"), pk=link, edition=edition)
        sharing.revoke(link=found, by=staff(request))
        messages.success(request, _("The link for %(name)s no longer works.") % {"name": found.for_whom})
        return HttpResponseRedirect(reverse(CHANGE, args=[edition.pk]))

    def presence_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keeps that the page is open and answers who else is here, also of who may only read it. No activity: a sign-in ends all the same."""
        edition = self._seen(request, object_id)
        if not edition.is_open:
            raise PermissionDenied
        sharing.be_seen(edition=edition, user=staff(request))
        return JsonResponse({"words": sharing.others_here(edition, staff(request))})

    def _seen(self, request: HttpRequest, object_id: str) -> Edition:
        edition: Edition | None = self.get_object(request, object_id)
        if edition is None:
            raise Http404
        if not self.has_view_permission(request, edition):
            raise PermissionDenied
        return edition

    def _draft(self, request: HttpRequest, object_id: str) -> Edition:
        edition = self._seen(request, object_id)
        if not self.has_change_permission(request, edition):
            raise PermissionDenied
        return edition


def _address(request: HttpRequest, edition: Edition, secret: str) -> str:
    """In the language of the draft."""
    with override(edition.language):
        return absolute(request, reverse("conditions:shared", args=[secret]))
