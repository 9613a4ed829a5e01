"""The queue of requests, and the page of each. Nothing is edited here: everything is done by verbs."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.actions.receive import index_email, index_phone
from appointments.admin import due_dates, export, filters
from appointments.admin.case import CaseAdmin
from appointments.models import FamilyAct, Note, OfferedTime, Request
from appointments.models.request import MAY_LOOK, QUEUE_ORDER, is_overdue
from foundation.adminkit.verbs import clock, staff
from foundation.prose.phones import compared
from foundation.prose.typed import code

OPEN = [status for status in Request.Status if status != Request.Status.CLOSED]
VISITS: dict[str, Any] = {
    Request.Visit.NEW: gettext_lazy("New"),
    Request.Visit.FOLLOW_UP: gettext_lazy("Follow-up"),
    Request.Visit.SECOND_OPINION: gettext_lazy("Second opinion"),
}
MODES: dict[str, Any] = {
    Request.Mode.IN_PERSON: gettext_lazy("in person"),
    Request.Mode.VIRTUAL: gettext_lazy("by video"),
    Request.Mode.EITHER: gettext_lazy("either way"),
}
REFERENCE = 8  # letters and digits


@admin.register(Request)
class RequestAdmin(CaseAdmin):
    """Rows of one's own departments; who may see all sees all. Lists hold nothing that says who a child is."""

    list_display = ["reference", "state_in_words", "due", "department", "condition", "meeting", "received", "taken_by"]
    list_filter = [
        filters.State,
        filters.DueBy,
        filters.TakenBy,
        filters.Unread,
        filters.Over,
        "mode",
        filters.OwnDepartments,
        filters.SameFamily,
        filters.Counted,
    ]
    list_per_page = 25
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ["due", "received"]
    actions = ["export_selected"]
    change_list_template = "admin/appointments/request/queue.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Request]:
        about = {"request": OuterRef("pk")}
        rows = Request.objects.visible_to(staff(request)).select_related("department", "condition", "taken_by")
        rows = rows.prefetch_related("condition__names").with_alike(staff(request))
        return rows.annotate(
            unread=Exists(Note.objects.unread().filter(**about)),
            unseen=Exists(FamilyAct.objects.unseen().filter(**about)),
            over=Exists(OfferedTime.objects.over().filter(**about)),
        )

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return ["-pk"] if request.GET.get("state") in {"closed", "all"} else [*QUEUE_ORDER]

    def has_view_permission(self, request: HttpRequest, obj: Request | None = None) -> bool:
        return any(request.user.has_perm(right) for right in MAY_LOOK)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Request | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Request | None = None) -> bool:
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("appointments.export_request")

    @admin.display(description=gettext_lazy("state"))
    def state_in_words(self, row: Any) -> str:
        state = _("Visit is over") if row.over else row.get_status_display()
        new = _("new words") if row.unread else _("new") if row.unseen else ""
        tags = [new, _("perhaps the same child") if row.alike and row.is_open else ""]
        labels = format_html_join("", ' <span class="tag">{}</span>', ((tag,) for tag in tags if tag))
        return format_html("{}{}", state, labels)

    @admin.display(description=gettext_lazy("due"), ordering="due_at")
    def due(self, row: Request) -> str:
        due = due_dates.due(row)
        return format_html('<span class="due due-{}">{}</span>', due.kind, due.words)

    @admin.display(description=gettext_lazy("visit"))
    def meeting(self, row: Request) -> str:
        """In staff's own words, which are shorter than those families read."""
        return f"{VISITS[row.visit]}, {MODES[row.mode]}"

    @admin.display(description=gettext_lazy("received"), ordering="received_at")
    def received(self, row: Request) -> str:
        return due_dates.relative(row.received_at)

    @admin.action(description=gettext_lazy("Export selected requests as CSV"), permissions=["export"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Request]) -> HttpResponse | None:
        if queryset.count() > export.MOST:
            messages.error(request, _("Choose at most %(most)d requests at once.") % {"most": export.MOST})
            return None
        return export.as_csv(request, queryset)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        extra = {"counts": self._counts(request), "clock": clock(), "title": _("Appointment requests")}
        return super().changelist_view(request, extra | (extra_context or {}))

    def _counts(self, request: HttpRequest) -> list[tuple[str, str, int]]:
        """(query, words, number) for overdue and each open state; one grouped query."""
        by_status = Request.objects.visible_to(staff(request)).open().order_by().values_list("status")
        rows = list(by_status.annotate(Count("pk"), late=Count("pk", filter=is_overdue(timezone.now()))))
        number = {status: count for status, count, _late in rows}
        states = [(f"?state={state}", str(state.label), number.get(state, 0)) for state in OPEN]
        return [("?due=overdue", _("Overdue"), sum(late for _status, _count, late in rows)), *states]

    def get_urls(self) -> list[URLPattern]:
        find = path("find/", self.admin_site.admin_view(self.find_view), name="appointments_request_find")
        return [find, *super().get_urls()]

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """By reference, email address or phone. They are posted, so that no address and no log holds them."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Request.objects.visible_to(staff(request)).filter(search_for(request.POST.get("q", "")))
        found = list(rows.order_by("-pk")[:2])
        queue = reverse("admin:appointments_request_changelist")
        if not found:
            messages.warning(request, _("No request that you may see has this reference, email address or phone."))
            return HttpResponseRedirect(queue)
        if len(found) == 1:
            return HttpResponseRedirect(reverse("admin:appointments_request_change", args=[found[0].pk]))
        return HttpResponseRedirect(f"{queue}?state=all&same={found[0].reference}")


def search_for(typed: str) -> Q:
    """What somebody typed: an email address, a reference in any writing, else a phone number (more than eight digits)."""
    written = code(typed)
    letters = "".join(letter for letter in written.upper() if letter.isalnum())
    if "@" in written:
        return Q(email_index=index_email(written))
    if len(letters) == REFERENCE:
        return Q(reference=f"{letters[:4]}-{letters[4:]}")
    return Q(phone_index=index_phone(written)) if len(compared(written)) > REFERENCE else Q(pk__in=[])
