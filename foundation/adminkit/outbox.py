"""Messages in the admin: to look at, never to write. Registered by the app whose messages they are, which knows whose."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.verbs import VerbForm
from foundation.audit.actions import record
from foundation.audit.admin import ReadOnlyAdmin
from foundation.outbox.actions import send_again
from foundation.outbox.models import Message


class OutboxAdmin(ReadOnlyAdmin, AuditedAdmin):
    list_filter = ["status", "kind"]
    list_per_page = 25
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()


class SendAgain(VerbForm):
    name = "send-again"
    label = gettext_lazy("Send again")
    permission = "change_message"
    explain = gettext_lazy(
        "Only a message that failed can be sent again. It is tried anew, for up to 72 hours. "
        "Where it says “perhaps sent”, its reader may have it already, up to three times: ask first."
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Message) -> bool:
        return obj.status == Message.Status.FAILED

    def act(self) -> str:
        send_again(self.obj)
        record(by=self.by, verb="sent again", obj=self.obj)
        return _("It waits to be sent again.")
