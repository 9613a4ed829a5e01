"""The queue of requests: tabs by whose turn it is, the next one to take, and rows in groups by when they are due.

Nothing is edited here: everything is done by verbs.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_POST

from appointments import actions
from appointments.actions.receive import index_email, index_phone
from appointments.admin import export, filters
from appointments.admin.case import QUEUE, CaseAdmin
from appointments.admin.due_dates import due, relative
from appointments.admin.filters import Turn, turn_of
from appointments.departments import coordinates_nothing
from appointments.models import FamilyAct, HandOver, Note, OfferedTime, Request
from appointments.models.request import EXPORTS, MAY_LOOK, QUEUE_ORDER, WORKS, workers
from foundation.adminkit.verbs import clock, staff
from foundation.audit.admin import ReadOnlyAdmin
from foundation.prose.phones import compared
from foundation.prose.typed import code
from foundation.workflow import Refused, name_of

REFERENCE = 8  # letters and digits
AGREED = Q(times__status=OfferedTime.Status.CONFIRMED)
SHOWN_AS_TABS = {"turn", "taken"}
VISITS: dict[str, Any] = {
    Request.Visit.NEW: gettext_lazy("new"),
    Request.Visit.FOLLOW_UP: gettext_lazy("follow-up"),
    Request.Visit.SECOND_OPINION: gettext_lazy("second opinion"),
}
MODES: dict[str, Any] = {
    Request.Mode.IN_PERSON: gettext_lazy("in person"),
    Request.Mode.VIRTUAL: gettext_lazy("by video"),
    Request.Mode.EITHER: gettext_lazy("either way"),
}
NEXT_STEPS: dict[str, tuple[Any, str]] = {  # of a request that is somebody’s, and the verb that does it
    Request.Status.RECEIVED: (gettext_lazy("Offer times"), "hours"),
    Request.Status.READING: (gettext_lazy("Offer times"), "hours"),
    Request.Status.TRIED: (gettext_lazy("Try to reach them again"), "attempt"),
    Request.Status.OFFERED: (gettext_lazy("They chose none: offer others"), "hours"),
    Request.Status.CONFIRMED: (gettext_lazy("They asked for another time: offer some"), "hours"),
}


class ColleagueForm(ActionForm):
    """To whom the selected requests are given, where that is what is done with them."""

    colleague = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Colleague"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["colleague"]
        field.queryset = workers().order_by("username")
        field.label_from_instance = name_of


class Tab(NamedTuple):
    label: str
    address: str
    number: int | None
    is_current: bool


def queue_rows(ids: Iterable[int], user: User) -> list[Request]:
    """These requests, in this order, with all that a row of the queue shows."""
    about = {"request": OuterRef("pk")}
    visit = OfferedTime.objects.filter(status=OfferedTime.Status.CONFIRMED, **about)
    rows = Request.objects.select_related("department", "condition", "taken_by").prefetch_related("condition__names")
    found = rows.with_alike(user).annotate(
        unread=Exists(Note.objects.unread().filter(**about)),
        unseen=Exists(FamilyAct.objects.unseen().filter(**about)),
        untaken=Exists(HandOver.objects.unanswered().filter(**about)),
        over=Exists(OfferedTime.objects.over().filter(**about)),
        visit_at=Subquery(visit.values("starts_at")[:1]),
    )
    by_number = found.in_bulk(ids)
    return [by_number[pk] for pk in ids if pk in by_number]


def queue_context(request: HttpRequest, changelist: Any) -> dict[str, Any]:
    user, turn = staff(request), turn_of(request)
    return {
        "turn": turn,
        "tabs": _tabs(changelist, user, turn),
        "whose": _whose(request, changelist),
        "groups": _groups(changelist.result_list, user),
        "next_to_take": _next_to_take(user),
        "narrowing": [each for each in changelist.filter_specs if getattr(each, "parameter_name", "") not in SHOWN_AS_TABS],
        "is_narrowed": bool(changelist.params.keys() - SHOWN_AS_TABS - {"p", "o"}),
        "has_no_department": coordinates_nothing(user),
    }


def _tabs(changelist: Any, user: User, turn: str) -> list[Tab]:
    """Counted over all that the user may see, whatever else is chosen."""
    mine = Request.objects.visible_to(user)
    over = OfferedTime.objects.over().filter(request__in=mine.open().values("pk"))
    agreed_and_over = over.filter(request__in=mine.visit_agreed().values("pk")).count()
    counts: dict[str, int | None] = {
        "us": mine.our_turn().count(),
        "family": mine.familys_turn().count(),
        "visit": mine.visit_agreed().count() - agreed_and_over,
        "over": over.count(),
    }
    chosen = {
        name: changelist.get_query_string({"turn": name}, remove=["state", "due", "words", "same", "p"])
        for name, _label in Turn.options
    }
    return [Tab(str(label), chosen[name], counts.get(name), turn == name) for name, label in Turn.options if name != "all"]


def _whose(request: HttpRequest, changelist: Any) -> list[Tab]:
    taken, user = request.GET.get("taken"), staff(request)
    ours = Request.objects.visible_to(user).our_turn()
    numbers = ours.aggregate(me=Count("pk", filter=Q(taken_by=user)), nobody=Count("pk", filter=Q(taken_by=None)))
    is_ours = turn_of(request) == "us"
    words = {None: _("Everyone’s"), "me": _("Mine"), "nobody": _("Nobody’s")}
    turn = {"turn": "us"} if is_ours else {}
    addresses = {value: changelist.get_query_string(turn | {"taken": value}, remove=["p"]) for value in words}
    return [
        Tab(label, addresses[value], numbers.get(str(value)) if is_ours else None, taken == value)
        for value, label in words.items()
    ]


def _next_to_take(user: User) -> tuple[Request, str] | None:
    if not user.has_perm(WORKS):
        return None
    row = Request.objects.visible_to(user).our_turn().filter(taken_by=None).select_related("department").in_order().first()
    return (row, due(row).words) if row else None


def _groups(rows: Any, user: User) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """(kind, title, rows): what is due when, in the order in which they come."""
    titles = {"overdue": _("Overdue"), "today": _("Today"), "later": _("Later"), "none": ""}
    groups: list[tuple[str, str, list[dict[str, Any]]]] = []
    for request in rows:
        row = _row(request, user)
        kind = row["due"].kind
        if not groups or groups[-1][0] != kind:
            groups.append((kind, str(titles[kind]), []))
        groups[-1][2].append(row)
    return groups


def _row(request: Any, user: User) -> dict[str, Any]:
    """Without an address the next step is only said, as to who does not work on requests. Who takes one needs no page for it."""
    works = user.has_perm(WORKS)
    can_take = request.is_open and request.taken_by_id is None and not request.over and works
    words, verb = _next_step(request)
    tags = [(request.alike and request.is_open, _("perhaps the same child")), (request.untaken, _("not in our system yet"))]
    return {
        "request": request,
        "due": due(request),
        "tags": [tag for holds, tag in tags if holds],
        "next_step": words,
        "address": reverse(f"admin:appointments_request_{verb}", args=[request.pk]) if verb and works else "",
        "can_take": can_take,
        "what_for": f"{VISITS[request.visit]}, {MODES[request.mode]}",
        "whose": _("you") if request.taken_by_id == user.pk else name_of(request.taken_by) if request.taken_by else "–",
    }


def _next_step(request: Any) -> tuple[str, str]:
    """What comes next, and the page on which it is done."""
    if not request.is_open:
        return str(request.get_closing_reason_display() or _("Visit over")), ""
    if request.over:
        return _("Say whether they came"), "change"
    if request.unread or request.unseen:
        return (_("Read what they wrote") if request.unread else _("See what they did")), "change"
    if request.status == Request.Status.OFFERED and request.due_at > timezone.now():
        return _("They choose among the times"), ""
    if request.status == Request.Status.CONFIRMED and request.due_at is None:
        return _("Visit %(when)s") % {"when": relative(request.visit_at)} if request.visit_at else "", ""
    words, verb = NEXT_STEPS[request.status]
    return str(words), verb


class Queue(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """What a row shows is asked of those on the page alone, and not of all that are open."""
        super().get_results(request)
        self.result_list = queue_rows(self.result_list.values_list("pk", flat=True), staff(request))


@admin.register(Request)
class RequestAdmin(ReadOnlyAdmin, CaseAdmin):
    """Rows of one's own departments; who may see all sees all. Lists hold nothing that says who a child is."""

    list_filter = [
        *(filters.Turn, filters.TakenBy, filters.DueBy, filters.Unread, filters.Untaken, filters.State, "mode"),
        *(filters.OwnDepartments, filters.SameFamily, filters.Counted),
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
        done = _("You work on %(count)d more requests now.")
        self._each(request, queryset.exclude(taken_by=staff(request)), actions.take, done)

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
        done = _("Given back: %(count)d. They wait for everybody.")
        self._each(request, queryset.exclude(taken_by=None), actions.give_back, done)

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

    def _export_some(self, request: HttpRequest, rows: QuerySet[Request], make: Callable[..., Any]) -> HttpResponse | None:
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
