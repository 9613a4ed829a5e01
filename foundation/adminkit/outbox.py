"""Messages in the admin: to look at, never to write. Registered by the app whose messages they are, which knows whose."""

from contextlib import suppress
from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.verbs import VerbForm
from foundation.audit.actions import record
from foundation.audit.admin import ReadOnlyAdmin
from foundation.outbox.actions import drop, kinds, send_again
from foundation.outbox.models import Message
from foundation.paginator import FirstPaginator
from foundation.workflow import Refused

MOST = 10_000  # rows that are counted, and can be leafed through: 400 pages


class BoundedPaginator(FirstPaginator):
    """Of a list that grows for years; what is older is found by the filters."""

    @cached_property
    def count(self) -> int:
        return cast("QuerySet[Any]", self.object_list)[:MOST].count()


class KindFilter(admin.SimpleListFilter):
    """By all kinds that there are: to ask which of them the table holds, the database would look at each row."""

    title = gettext_lazy("message")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, kind) for kind in kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class OutboxAdmin(ReadOnlyAdmin, AuditedAdmin):
    list_filter = ["status", KindFilter]
    list_per_page = 25
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    actions = ["send_ticked", "drop_ticked"]

    @admin.action(permissions=["send"], description=gettext_lazy("Send the ticked ones that are held or failed"))
    def send_ticked(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._each(request, queryset.filter(status__in=[Message.Status.HELD, Message.Status.FAILED]), SendAgain)

    @admin.action(permissions=["send"], description=gettext_lazy("Do not send the ticked ones that are held"))
    def drop_ticked(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._each(request, queryset.filter(status=Message.Status.HELD), Drop)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.change_message")

    @transaction.atomic
    def _each(self, request: HttpRequest, rows: QuerySet[Message], verb: type[VerbForm]) -> None:
        """Whoever was quicker with one of them is no fault."""
        done = 0
        for row in rows:
            with suppress(Refused):
                verb(request=request, obj=row).act()
                done += 1
        messages.success(request, ngettext("%(count)d message: done.", "%(count)d messages: done.", done) % {"count": done})


class SendAgain(VerbForm):
    name = "send-again"
    label = gettext_lazy("Send again")
    permission = "change_message"
    refuses_itself = True
    explain = gettext_lazy(
        "Only a message that failed, or that came back with a backup, can be sent again. It is tried anew, for up to 72 hours. "
        "Where it says “perhaps sent”, its reader may have it already, up to three times: ask first."
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Message) -> bool:
        return obj.status in {Message.Status.FAILED, Message.Status.HELD}

    def act(self) -> str:
        send_again(self.obj)
        record(by=self.by, verb="sent again", obj=self.obj)
        return _("It waits to be sent again.")


class Drop(VerbForm):
    name = "drop"
    label = gettext_lazy("Do not send it")
    permission = "change_message"
    refuses_itself = True
    explain = gettext_lazy("It came back with a backup, so its reader may have it already. It is never sent.")

    @classmethod
    def possible(cls, request: HttpRequest, obj: Message) -> bool:
        return obj.status == Message.Status.HELD

    def act(self) -> str:
        drop(self.obj)
        record(by=self.by, verb="dropped", obj=self.obj)
        return _("It is not sent.")
