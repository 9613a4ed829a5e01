"""The page of one request, read like a case, and the verbs on it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from appointments.actions.privacy import copy_of
from appointments.admin import due_dates, earlier, export, slots, verbs
from appointments.admin.base import RequestVerb, ScopedAdmin
from appointments.admin.case_context import case_context, last_line, times_wished
from appointments.admin.offer_hours import OfferHours
from appointments.column_text import describe
from appointments.models import Request
from appointments.models.request import ERASES, EXPORTS, WORKS
from directory.hours import zone_in_words
from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.idempotency import once
from foundation.adminkit.verbs import VerbAdmin, staff
from foundation.audit.actions import record
from foundation.privacy.keys import Unreadable
from foundation.workflow import Refused

QUEUE = "admin:appointments_request_changelist"
VERBS: list[type[RequestVerb]] = [
    *(verbs.Came, verbs.Missed, verbs.Take, verbs.Assign, verbs.GiveBack, verbs.RecordAttempt),
    *(OfferHours, slots.Offer, slots.Confirm, earlier.TakesEarlier, earlier.DeclinesEarlier, earlier.WantsEarlier),
    *(verbs.CancelVisit, verbs.SendAgain, verbs.EnterByHand, verbs.AskFamily, verbs.WriteNote, verbs.MarkSeen),
    *(verbs.HandOver, verbs.Merge, verbs.Close, verbs.Reopen, verbs.RenewLink, verbs.Undo),
    *(verbs.PlaceHold, verbs.LiftHold, verbs.Erase),
]


def _as_copy(request: HttpRequest, rows: QuerySet[Request]) -> HttpResponse:
    row = rows.get()
    headers = {"Content-Disposition": f'attachment; filename="{row}.txt"'}
    return HttpResponse(copy_of(row, by=staff(request)), content_type="text/plain; charset=utf-8", headers=headers)


DOWNLOADS = {"copy": (ERASES, _as_copy), "export-csv": (EXPORTS, export.as_csv), "export-fhir": (EXPORTS, export.as_fhir)}


def next_case(row: Request, user: User) -> Request | None:
    """The next one in the queue after `row` that is the user's or nobody's; from its end on again at its start."""
    others = Request.objects.visible_to(user).open().exclude(due_at=None).exclude(pk=row.pk).in_order()
    others = others.filter(Q(taken_by=None) | Q(taken_by=user))
    return (others.behind(row).first() if row.due_at else None) or others.first()


class CaseAdmin(ScopedAdmin, VerbAdmin, AuditedAdmin):
    refusals = (Refused, Unreadable)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.download_view))
        own = [
            path(f"<path:object_id>/{name}/", view, {"name": name}, name=self._url_name(name.replace("-", "_")))
            for name in DOWNLOADS
        ]
        return [*own, *super().get_urls()]

    def get_verbs(self) -> Any:
        return VERBS

    def _redirect_if_handed_over(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """To the queue, with a sentence, for who handed this request over and so no longer sees it."""
        row = Request.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if row is None or Request.objects.visible_to(staff(request)).filter(pk=row.pk).exists():
            return None
        if not row.events.filter(verb="handed over", by=staff(request)).exists():
            return None
        words = _("You handed %(reference)s over. It waits for another department now, and is no longer in your queue.")
        messages.info(request, words % {"reference": row})
        return HttpResponseRedirect(reverse(QUEUE))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The case. Only read; that it was read is recorded.

        In no transaction but the record's own, which is the last thing: every verb waits for the audit's one row, so it is
        held for two writes and not for a page of questions. A reader holds nothing else meanwhile and so cannot be part of
        a deadlock. What could not be recorded is not shown.
        """
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET"])
        if response := self._redirect_if_handed_over(request, object_id):
            return response
        return self._show(request, self.find(request, object_id))

    def _show(self, request: HttpRequest, row: Request, hours: Any = None) -> HttpResponse:
        """With the form of free hours as it was sent, or as it begins."""
        if hours is None and row.is_open and request.user.has_perm(WORKS):
            hours = OfferHours(request=request, obj=row)
        context = self.admin_site.each_context(request) | self._context(request, row) | {"hours": hours}
        record(by=staff(request), verb="read", obj=row, fields=[*export.PERSONAL, "contact", "wishes"])
        return TemplateResponse(request, "admin/appointments/request/case.html", context)

    def _context(self, request: HttpRequest, row: Request) -> dict[str, Any]:
        following, zone, hold = next_case(row, staff(request)), row.department.time_zone, row.standing_hold
        buttons: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
        for verb in VERBS:
            if self._may(request, verb) and verb.possible(request, row):
                buttons[verb.at_once].append((self.own_address(verb.name, row), verb.label_for(row)))
        return {
            "opts": self.opts,
            "is_nav_sidebar_enabled": False,
            "original": row,
            "title": _("Request %(reference)s") % {"reference": row},
            "due": due_dates.due(row, zone),
            "zone": zone_in_words(zone),
            "next": following,
            "next_due": due_dates.due(following) if following else None,
            "at_once": buttons[True],
            "buttons": buttons[False],
            "may_work": request.user.has_perm(WORKS),
            "may_copy": request.user.has_perm(ERASES),
            "hold": hold,
            "hold_reason": describe(hold, "reason", hold.unreadable()) if hold and request.user.has_perm(ERASES) else [],
            "may_export": request.user.has_perm(EXPORTS) and not row.erased_at,
            "may_see_messages": request.user.has_perm("outbox.view_message"),
            **case_context(row, staff(request)),
        }

    @once
    def verb_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        try:
            return super().verb_view(request, object_id, name)
        except PermissionDenied:
            if response := self._redirect_if_handed_over(request, object_id):
                return response
            raise

    def verb_initial(self, obj: Any, verb: Any) -> dict[str, Any]:
        return {"seen": obj.version}

    def verb_context(self, obj: Any, verb: Any) -> dict[str, Any]:
        """How the request stands at this moment, which a refusal may have just revealed."""
        now = Request.objects.select_related("department", "taken_by").get(pk=obj.pk)
        context = {"now": now, "due": due_dates.due(now, now.department.time_zone), "last": last_line(now)}
        return context | ({"wishes": times_wished(now)} if verb.reads_wishes else {})

    def render_verb(self, request: HttpRequest, verb: Any, form: Any, context: dict[str, Any]) -> HttpResponse:
        if verb is OfferHours:
            return self._show(request, context["now"], form)
        if verb.reads_wishes:
            record(by=staff(request), verb="read", obj=context["original"], fields=["wishes"])
        return super().render_verb(request, verb, form, context)

    def after_verb(self, request: HttpRequest, obj: Any) -> str:
        """The case; the first page or the visits if the button stood there; the queue if it is no longer theirs to see."""
        back, visits = request.POST.get("back", ""), reverse("admin:visits")
        if back == "index":
            return reverse("admin:index")
        if back == visits or back.startswith(f"{visits}?"):
            return back
        if Request.objects.visible_to(staff(request)).filter(pk=obj.pk).exists():
            return super().after_verb(request, obj)
        return reverse(QUEUE)

    def download_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        row, (permission, make) = self.find(request, object_id), DOWNLOADS[name]
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return make(request, Request.objects.filter(pk=row.pk))
