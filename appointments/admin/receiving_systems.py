"""The hospital's systems that take requests over: which departments, from where, and with which token."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from appointments.admin.due_dates import relative
from appointments.handover.actions import make_token, post_what_is_open, revoke_token
from appointments.models import HandOver, ReceivingSystem
from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.idempotency import FIELD
from foundation.adminkit.rights import KIND
from foundation.adminkit.verbs import VerbAdmin, VerbForm
from foundation.audit.admin import NeverDeleted
from foundation.audit.models import Record
from foundation.outbox.actions import post


class MakeToken(VerbForm):
    """Its page shows the token, this once: also to a form that was sent twice, since its number makes the token."""

    name = "token"
    label = gettext_lazy("Make a token")
    permission = "change_receivingsystem"
    explain = gettext_lazy(
        "With it the system reads the requests of its departments, as long as it asks from its addresses. "
        "A token it has now opens nothing any more. What is open there waits for it from then on."
    )

    def act(self) -> dict[str, Any]:
        return {"token": make_token(self.obj, by=self.by, form=f"{self.by.pk} {self.obj.pk} {self.data.get(FIELD, '')}")}


class RevokeToken(VerbForm):
    name = "revoke"
    label = gettext_lazy("Revoke the token")
    permission = "change_receivingsystem"
    explain = gettext_lazy("The system reads nothing any more, at once. What it has taken it keeps.")
    saves_first = False

    @classmethod
    def possible(cls, request: HttpRequest, obj: ReceivingSystem) -> bool:
        return obj.token_hash is not None

    def act(self) -> str:
        revoke_token(self.obj, by=self.by)
        return _("The token opens nothing any more.")


@admin.register(ReceivingSystem)
class ReceivingSystemAdmin(NeverDeleted, VerbAdmin, AuditedAdmin):
    """A right to read what families told us, so whoever watches over rights is told. None is deleted: its token is revoked."""

    list_display = ["name", "has_token", "waiting", "asked"]
    fields = ["name", "departments", "networks", "calls_an_hour"]
    filter_horizontal = ["departments"]

    def get_verbs(self) -> list[Any]:
        return [MakeToken, RevokeToken]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        post_what_is_open(form.instance)

    def recorded(self, row: Record) -> None:
        post(kind=KIND, object_id=row.pk)

    @admin.display(description=gettext_lazy("has a token"), boolean=True)
    def has_token(self, row: ReceivingSystem) -> bool:
        return row.token_hash is not None

    @admin.display(description=gettext_lazy("waiting"))
    def waiting(self, row: ReceivingSystem) -> int:
        return row.hand_overs.current().filter(status=HandOver.Status.WAITING).count()

    @admin.display(description=gettext_lazy("asked last"))
    def asked(self, row: ReceivingSystem) -> str:
        return relative(row.asked_at) if row.asked_at else "–"
