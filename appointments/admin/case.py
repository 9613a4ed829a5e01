"""The page of one request, read like a case, and the verbs on it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from appointments.actions.privacy import copy_of
from appointments.actions.undo import UNDO_WITHIN, last_step
from appointments.admin import case_context, due_dates
from appointments.admin.export import PERSONAL
from appointments.admin.verbs import ERASE, VERBS
from appointments.models import Request
from directory.hours import zone_in_words
from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.idempotency import once
from foundation.adminkit.verbs import Verb, VerbAdmin, staff
from foundation.audit.actions import record
from foundation.privacy.keys import Unreadable
from foundation.workflow import Refused

AT_ONCE = {"came", "missed", "take", "undo"}  # buttons that act without a page that asks

CHOOSING = {"offer", "confirm"}


def next_case(row: Request, user: User) -> Request | None:
    """The next one in the queue after `row` that is the user's or nobody's; from its end on again at its start."""
    mine = Request.objects.visible_to(user).open().exclude(due_at=None).exclude(pk=row.pk).in_order()
    mine = mine.filter(Q(taken_by=None) | Q(taken_by=user))
    if row.due_at:
        after = mine.filter(Q(due_at__gt=row.due_at) | Q(due_at=row.due_at, pk__gt=row.pk)).first()
        if after:
            return after
    return mine.first()


class CaseAdmin(VerbAdmin, AuditedAdmin):
    """Reading a case leaves an audit record; what is done with it, its own."""

    refusals = (Refused, Unreadable)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Request | None:
        """Raises PermissionDenied for a request of somebody else's department."""
        row: Request | None = super().get_object(request, object_id, from_field)
        if row is None and object_id.isdecimal() and Request.objects.filter(pk=object_id).exists():
            raise PermissionDenied
        return row

    def get_urls(self) -> list[URLPattern]:
        """With the family’s copy."""
        copy = self.admin_site.admin_view(self.copy_view)
        return [path("<path:object_id>/copy/", copy, name="appointments_request_copy"), *super().get_urls()]

    def get_verbs(self) -> Any:
        """In the order of a case."""
        return VERBS

    def _handed_over(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """To the queue, with a sentence, for who handed this request over and so no longer sees it."""
        row = Request.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if row is None or Request.objects.visible_to(staff(request)).filter(pk=row.pk).exists():
            return None
        if not row.steps.filter(verb="handed over", by=staff(request)).exists():
            return None
        told = _("You handed %(reference)s over. It waits for another department now, and is no longer in your queue.")
        messages.info(request, told % {"reference": row})
        return HttpResponseRedirect(reverse("admin:appointments_request_changelist"))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The case. Only read; that it was read is recorded.

        In no transaction but the record's own, which is the last thing: every verb waits for the audit's one row, so it is
        held for two writes and not for a page of questions. A reader holds nothing else meanwhile and so cannot be part of
        a deadlock. What could not be recorded is not shown.
        """
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET"])
        if elsewhere := self._handed_over(request, object_id):
            return elsewhere
        row = self._found(request, object_id)
        context = self.admin_site.each_context(request) | self._case(request, row)
        record(by=staff(request), verb="read", obj=row, fields=[*PERSONAL, "contact", "wishes"])
        return TemplateResponse(request, "admin/appointments/request/case.html", context)

    def _found(self, request: HttpRequest, object_id: str) -> Request:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def _case(self, request: HttpRequest, row: Request) -> dict[str, Any]:
        verbs = [verb for verb in self.get_verbs() if self._may(request, verb) and verb.possible(request, row)]
        following = next_case(row, staff(request))
        zone = row.department.time_zone
        return {
            "opts": self.opts,
            "original": row,
            "title": _("Request %(reference)s") % {"reference": row},
            "due": due_dates.due(row, zone),
            "zone": zone_in_words(zone),
            "next": following,
            "next_due": due_dates.due(following) if following else None,
            "at_once": [self._button(verb, row) for verb in verbs if verb.name in AT_ONCE],
            "buttons": [self._button(verb, row) for verb in verbs if verb.name not in AT_ONCE],
            "may_work": request.user.has_perm("appointments.work_requests"),
            "may_copy": request.user.has_perm(f"appointments.{ERASE}"),
            "may_see_messages": request.user.has_perm("outbox.view_message"),
            "alike": case_context.alike(row, staff(request)),
            "closing": case_context.readable(row, "closing_words"),
            "facts": case_context.facts(row),
            "times": case_context.times(row),
            "history": case_context.history(row),
            "unread": (unread := case_context.unread(row)),
            "upto": unread[-1][0] if unread else 0,
            "unseen": (unseen := case_context.unseen(row)),
            "acts": unseen[-1][0] if unseen else 0,
            "mail": case_context.mail(row),
        }

    def _button(self, verb: Verb, row: Request) -> tuple[str, Any]:
        """(address, label)."""
        label = verb.label
        if verb.name == "undo" and (last := last_step(row)):
            until = due_dates.moment(last.at + UNDO_WITHIN)
            label = _("Undo the last step (until %(when)s)") % {"when": until}
        return reverse(f"admin:{self._url_name(verb.name)}", args=[row.pk]), label

    @once
    def verb_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """After a hand-over, to the queue."""
        try:
            return super().verb_view(request, object_id, name)
        except PermissionDenied:
            if elsewhere := self._handed_over(request, object_id):
                return elsewhere
            raise

    def verb_form(self, request: HttpRequest, obj: Any, verb: Verb) -> Any:
        """Knows the request and who acts."""
        data = request.POST if request.method == "POST" else None
        return verb.form(data, initial={"seen": obj.version}, row=obj, by=staff(request))

    def verb_context(self, obj: Any, verb: Verb) -> dict[str, Any]:
        """How the request stands at this moment, which a refusal may have just revealed."""
        now = Request.objects.select_related("department", "taken_by").get(pk=obj.pk)
        shown = {"now": now, "due": due_dates.due(now, now.department.time_zone), "last": case_context.last(now)}
        return shown | ({"wishes": case_context.wished(now)} if verb.name in CHOOSING else {})

    def render_verb(self, request: HttpRequest, verb: Verb, form: Any, context: dict[str, Any]) -> HttpResponse:
        """Where times are chosen, the family’s wishes are read, and that is recorded."""
        if "wishes" in context:
            record(by=staff(request), verb="read", obj=context["original"], fields=["wishes"])
        return super().render_verb(request, verb, form, context)

    def after_verb(self, request: HttpRequest, obj: Any) -> str:
        """The case; the first page if the button stood there; the queue if it is no longer theirs to see."""
        if request.POST.get("back") == "index":
            return reverse("admin:index")
        if Request.objects.visible_to(staff(request)).filter(pk=obj.pk).exists():
            return super().after_verb(request, obj)
        return reverse("admin:appointments_request_changelist")

    def copy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What we hold of a family, as a file for them."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self._found(request, object_id)
        if not request.user.has_perm(f"appointments.{ERASE}"):
            raise PermissionDenied
        response = HttpResponse(copy_of(row, by=staff(request)), content_type="text/plain; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{row}.txt"'
        return response
