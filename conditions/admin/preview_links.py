"""On the page of a draft: links that show it to people without an account."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override
from django.views.decorators.http import require_POST

from conditions import preview_links
from conditions.models import Edition, PreviewLink
from foundation.adminkit.idempotency import FIELD, once
from foundation.adminkit.panels import AFTER, Panel
from foundation.adminkit.verbs import VerbForm, staff
from foundation.pages.http import absolute
from foundation.prose.typed import Prose
from foundation.workflow import Refused

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
