"""Invitations in the admin: who was invited, to what, and whether they came. Sent again, taken back, or handed over."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.adminkit.rights import RightsAdmin
from foundation.adminkit.verbs import VerbAdmin, VerbForm
from foundation.workflow import Refused
from portal.staff.invitations import address_of, mail_reaches, send_again, take_back
from portal.staff.models import Invitation


class _OfUnused(VerbForm):
    permission = "change_invitation"
    saves_first = False

    @classmethod
    def possible(cls, request: HttpRequest, obj: Invitation) -> bool:
        return not obj.used_at and not obj.revoked_at


class SendAgain(_OfUnused):
    name = "send-again"
    label = gettext_lazy("Send again")
    explain = gettext_lazy("With a new link, which works for three days. The one from before opens nothing any more.")

    @classmethod
    def possible(cls, request: HttpRequest, obj: Invitation) -> bool:
        return super().possible(request, obj) and mail_reaches(obj.email)

    def act(self) -> str:
        send_again(invitation=self.obj, by=self.by)
        return _("%(name)s gets another mail.") % {"name": self.obj.name}


class TakeBack(_OfUnused):
    name = "take-back"
    label = gettext_lazy("Take back")
    explain = gettext_lazy("The link opens nothing any more, at once.")

    def act(self) -> str:
        take_back(invitation=self.obj, by=self.by)
        return _("The invitation is taken back.")


class HandOver(_OfUnused):
    """Where no mail reaches them. Each showing makes a new link, so that every link is seen once."""

    name = "link"
    label = gettext_lazy("Show the link to hand it over")
    explain = gettext_lazy(
        "No mail from here reaches this person, so hand them the link yourself: from hand to hand, not by a way that others read. "
        "It is shown once and works once, for three days; a link that was shown before opens nothing any more."
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Invitation) -> bool:
        return super().possible(request, obj) and not mail_reaches(obj.email)


class InvitationAdmin(VerbAdmin, RightsAdmin):
    """Made where colleagues are added, and never changed: it is taken back, and another one sent."""

    list_display = ["name", "role", "state", "expires_at", "made_by"]
    list_select_related = ["role", "account", "made_by"]
    list_display_links = ["name"]
    search_fields = ["name", "email"]
    readonly_fields = (
        "name",
        "email",
        "role",
        "departments",
        "clinician",
        "state",
        "made_by",
        "made_at",
        "expires_at",
        "used_at",
        "account",
    )
    fields = readonly_fields
    actions = []

    def get_verbs(self) -> list[Any]:
        return [SendAgain, TakeBack]

    def get_urls(self) -> list[URLPattern]:
        link = self.admin_site.admin_view(self.link_view)
        return [path("<path:object_id>/link/", link, name=self._url_name("link")), *super().get_urls()]

    def buttons(self, request: HttpRequest, obj: Invitation) -> list[tuple[str, str]]:
        shows = self._may(request, HandOver) and HandOver.possible(request, obj)
        link = [(reverse(f"admin:{self._url_name('link')}", args=[obj.pk]), str(HandOver.label))] if shows else []
        return [*link, *super().buttons(request, obj)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The right to change stands for the buttons."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Invitation) -> str:
        return row.state

    def link_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The answer to the form is the page with the link, which no message, session or log keeps."""
        invitation = self.get_object(request, object_id)
        if invitation is None:
            raise Http404
        if not self._may(request, HandOver):
            raise PermissionDenied
        form = HandOver(request.POST if request.method == "POST" else None, request=request, obj=invitation)
        context = {"original": invitation, "subtitle": invitation.name}
        if form.is_valid():
            try:
                context["link"] = address_of(send_again(invitation=invitation, by=form.by))
            except Refused as refusal:
                form.add_error(None, str(refusal))
        return self.render_verb(request, HandOver, form, context)
