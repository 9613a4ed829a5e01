"""The messages about requests: whose they are, how the family sees them, and sending a failed one again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _, gettext_lazy

from appointments.admin.base import ScopedAdmin
from appointments.admin.due_dates import relative
from appointments.messages import KINDS, messages_for, preview, subject_of
from appointments.models import Request
from foundation.adminkit.outbox import Drop, OutboxAdmin, SendAgain
from foundation.adminkit.verbs import VerbAdmin, VerbForm, staff
from foundation.outbox.models import Message
from foundation.privacy.keys import Unreadable


@admin.register(Message)
class MessageAdmin(ScopedAdmin, OutboxAdmin, VerbAdmin):
    """Of the requests this person may see; and all that a restore held, for who sees the requests of all."""

    list_display = ["reference", "called", "became", "attempts", "next_try", "sent", "last_fault"]
    list_display_links = ["called"]
    fields = ["about", "became", "language", "made", "attempts", "next_try", "sent", "last_fault", "text"]
    readonly_fields = ["about", "became", "made", "next_try", "sent", "text"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return messages_for(staff(request))

    @admin.display(description=gettext_lazy("request"))
    def reference(self, row: Any) -> str:
        return str(row.reference)

    @admin.display(description=gettext_lazy("message"))
    def called(self, row: Any) -> str:
        return subject_of(row, row.reference)

    @admin.display(description=gettext_lazy("request"))
    def about(self, row: Any) -> str:
        if row.kind not in KINDS:
            return "–"
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:appointments_request_change", args=[row.object_id]), row.reference
        )

    @admin.display(description=gettext_lazy("status"))
    def became(self, row: Message) -> str:
        return row.state

    @admin.display(description=gettext_lazy("made"))
    def made(self, row: Message) -> str:
        return relative(row.created_at)

    @admin.display(description=gettext_lazy("next try"))
    def next_try(self, row: Message) -> str:
        return relative(row.next_try_at) if row.status == Message.Status.WAITING else "–"

    @admin.display(description=gettext_lazy("sent"))
    def sent(self, row: Message) -> str:
        return relative(row.sent_at) if row.sent_at else "–"

    @admin.display(description=gettext_lazy("as its reader sees it"))
    def text(self, row: Message) -> str:
        """Composed anew, for nothing of it is stored. The key in the family’s link stays theirs."""
        if row.kind not in KINDS:
            return "–"
        try:
            title, words, _html = preview(row)
            link = Request.objects.get(pk=row.object_id).link
        except Unreadable as closed:
            return str(closed)
        return format_html('<b>{}</b><div class="letter">{}</div>', title, words.replace(link, "…") if link else words)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Messages"), **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        context |= {"title": self.called(context["original"]), "subtitle": None}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_verbs(self) -> Any:
        return [SendAgain, Drop]

    def render_verb(self, request: HttpRequest, verb: type[VerbForm], form: Any, context: dict[str, Any]) -> HttpResponse:
        """A refusal leads back to the message, with the reason: it has not failed, or no longer."""
        if request.method != "POST":
            context["subtitle"] = self.called(context["original"])
            return super().render_verb(request, verb, form, context)
        messages.warning(request, " ".join(form.non_field_errors()))
        return HttpResponseRedirect(self.after_verb(request, context["original"]))
