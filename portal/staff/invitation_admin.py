"""Invitations in the admin: who was invited, to what, and whether they came. Sent again, taken back, or handed over."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from foundation.adminkit.rights import RightsAdmin
from foundation.adminkit.verbs import VerbAdmin, VerbForm
from foundation.audit.admin import ReadOnlyAdmin
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

    def act(self) -> dict[str, Any]:
        return {"link": address_of(send_again(invitation=self.obj, by=self.by))}


class InvitationAdmin(ReadOnlyAdmin, VerbAdmin, RightsAdmin):
    """Made where colleagues are added, and never changed: it is taken back, and another one sent."""

    list_display = ["name", "role", "state", "expires_at", "made_by"]
    list_select_related = ["role", "account", "made_by"]
    list_display_links = ["name"]
    search_fields = ["name", "email"]
    fields = (
        *("name", "email", "role", "departments", "clinician"),
        *("state", "made_by", "made_at", "expires_at", "used_at", "account"),
    )
    readonly_fields = fields
    actions = []

    def get_verbs(self) -> list[Any]:
        return [HandOver, SendAgain, TakeBack]

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Invitation) -> str:
        return row.state

    def verb_context(self, obj: Invitation, verb: Any) -> dict[str, Any]:
        return {"subtitle": obj.name} if verb is HandOver else {}
