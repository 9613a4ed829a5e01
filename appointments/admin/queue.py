"""The queue of requests, and the page of each. Nothing is edited here: everything is done by verbs."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import FilteredRelation, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_POST

from appointments import actions
from appointments.actions.receive import index_email, index_phone
from appointments.admin import export, filters
from appointments.admin.case import QUEUE, CaseAdmin
from appointments.admin.filters import turn_of
from appointments.admin.queue_context import ColleagueForm, marked, queue_context
from appointments.models import OfferedTime, Request
from appointments.models.request import EXPORTS, MAY_LOOK, QUEUE_ORDER, WORKS
from foundation.adminkit.verbs import clock, staff
from foundation.audit.admin import ReadOnlyAdmin
from foundation.prose.phones import compared
from foundation.prose.typed import code
from foundation.workflow import Refused

REFERENCE = 8  # letters and digits
AGREED = Q(times__status=OfferedTime.Status.CONFIRMED)


class Queue(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """What a row shows is asked of those on the page alone, and not of all that are open."""
        super().get_results(request)
        self.result_list = marked(self.result_list.values_list("pk", flat=True), staff(request))


@admin.register(Request)
class RequestAdmin(ReadOnlyAdmin, CaseAdmin):
    """Rows of one's own departments; who may see all sees all. Lists hold nothing that says who a child is."""

    list_filter = [
        filters.Turn,
        filters.TakenBy,
        filters.DueBy,
        filters.Unread,
        filters.Untaken,
        filters.State,
        "mode",
        filters.OwnDepartments,
        filters.SameFamily,
        filters.Counted,
    ]
    list_per_page = 25
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = []
    actions = ["take_selected", "give_selected", "give_back_selected", "export_selected", "export_selected_as_fhir"]
    action_form = ColleagueForm
    change_list_template = "admin/appointments/request/queue.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Request]:
        return Request.objects.visible_to(staff(request)).annotate(agreed=FilteredRelation("times", condition=AGREED))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Queue

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        turn = turn_of(request)
        if turn in {"visit", "over"}:
            return ["agreed__starts_at", "pk"]
        newest_first = turn == "closed" or request.GET.get("state") in {"closed", "all"}
        return ["-pk"] if newest_first else [*QUEUE_ORDER]

    def has_view_permission(self, request: HttpRequest, obj: Request | None = None) -> bool:
        return any(request.user.has_perm(right) for right in MAY_LOOK)

    def has_work_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(WORKS)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(EXPORTS)

    @admin.action(description=gettext_lazy("Take"), permissions=["work"])
    def take_selected(self, request: HttpRequest, queryset: QuerySet[Request]) -> None:
        self._each(
            request, queryset.exclude(taken_by=staff(request)), actions.take, _("You work on %(count)d more requests now.")
        )

    @admin.action(description=gettext_lazy("Give to a colleague"), permissions=["work"])
    def give_selected(self, request: HttpRequest, queryset: QuerySet[Request]) -> None:
        form = ColleagueForm(request.POST)
        form.full_clean()
        to = form.cleaned_data.get("colleague")
        if to is None:
            messages.error(request, _("Choose the colleague, beside the button."))
            return
        done = _("Given: %(count)d. A mail tells them of each.")
        self._each(request, queryset.exclude(taken_by=to), partial(actions.assign, to=to), done)

    @admin.action(description=gettext_lazy("Give back"), permissions=["work"])
    def give_back_selected(self, request: HttpRequest, queryset: QuerySet[Request]) -> None:
        self._each(
            request, queryset.exclude(taken_by=None), actions.give_back, _("Given back: %(count)d. They wait for everybody.")
        )

    def _each(self, request: HttpRequest, rows: QuerySet[Request], act: Callable[..., Any], done: str) -> None:
        """Does it with each that can; the others are named with the reason."""
        count = 0
        for row in self.model.objects.filter(pk__in=rows.values("pk")).select_related("department").in_order():
            try:
                act(request=row, by=staff(request))
            except Refused as refusal:
                messages.warning(request, f"{row}: {refusal}")
            else:
                count += 1
        if count:
            messages.success(request, done % {"count": count})

    @admin.action(description=gettext_lazy("Export selected requests as CSV"), permissions=["export"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Request]) -> HttpResponse | None:
        return self._export_some(request, queryset, export.as_csv)

    @admin.action(description=gettext_lazy("Export selected requests as FHIR R4"), permissions=["export"])
    def export_selected_as_fhir(self, request: HttpRequest, queryset: QuerySet[Request]) -> HttpResponse | None:
        return self._export_some(request, queryset, export.as_fhir)

    def _export_some(
        self, request: HttpRequest, rows: QuerySet[Request], make: Callable[..., HttpResponse]
    ) -> HttpResponse | None:
        if rows.count() > export.MOST:
            messages.error(request, _("Choose at most %(most)d requests at once.") % {"most": export.MOST})
            return None
        return make(request, rows)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        extra = {"clock": clock(), "title": _("Appointment requests"), "is_nav_sidebar_enabled": False}
        response = super().changelist_view(request, extra | (extra_context or {}))
        if isinstance(response, TemplateResponse) and response.context_data:
            response.context_data |= queue_context(request, response.context_data["cl"])
        return response

    def get_urls(self) -> list[URLPattern]:
        return [self.own_path("find/", require_POST(self.find_view), "find"), *super().get_urls()]

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """By reference, email address or phone. They are posted, so that no address and no log holds them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Request.objects.visible_to(staff(request)).filter(search_for(request.POST.get("q", "")))
        found = list(rows.order_by("-pk")[:2])
        if len(found) == 1:
            return redirect("admin:appointments_request_change", found[0].pk)
        if not found:
            messages.warning(request, _("No request that you may see has this reference, email address or phone."))
        return redirect(reverse(QUEUE, query={"state": "all", "same": found[0].reference} if found else None))


def search_for(typed: str) -> Q:
    """What somebody typed: an email address, a reference in any writing, else a phone number (more than eight digits)."""
    written = code(typed)
    letters = "".join(letter for letter in written.upper() if letter.isalnum())
    if "@" in written:
        return Q(email_index=index_email(written))
    if len(letters) == REFERENCE:
        return Q(reference=f"{letters[:4]}-{letters[4:]}")
    return Q(phone_index=index_phone(written)) if len(compared(written)) > REFERENCE else Q(pk__in=[])
