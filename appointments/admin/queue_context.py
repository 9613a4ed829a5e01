"""What the page of the queue shows: tabs by whose turn it is, the next one to take, and rows in groups by when they are due."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from appointments.admin.due_dates import Due, due, relative
from appointments.admin.filters import Turn, turn_of
from appointments.departments import coordinates_nothing
from appointments.models import FamilyAct, HandOver, Note, OfferedTime, Request
from appointments.models.request import WORKS, workers
from foundation.adminkit.verbs import staff
from foundation.workflow import name_of

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


class Row(NamedTuple):
    """`next_step` and its address; without one it is only said, as to who does not work on requests.

    Who takes the request needs no page for it.
    """

    request: Any
    due: Due
    tags: list[str]
    next_step: str
    address: str
    can_take: bool
    what_for: str
    whose: str


def marked(ids: Iterable[int], user: User) -> list[Request]:
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
        "narrowing": [
            spec for spec in changelist.filter_specs if getattr(spec, "parameter_name", "") not in {"turn", "taken"}
        ],
        "is_narrowed": any(name not in {"turn", "taken", "p", "o"} for name in changelist.params),
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
    numbers = (
        Request.objects.visible_to(user)
        .our_turn()
        .aggregate(me=Count("pk", filter=Q(taken_by=user)), nobody=Count("pk", filter=Q(taken_by=None)))
    )
    is_ours = turn_of(request) == "us"
    words = {None: _("Everyone’s"), "me": _("Mine"), "nobody": _("Nobody’s")}
    turn = {"turn": "us"} if is_ours else {}
    return [
        Tab(
            label,
            changelist.get_query_string(turn | {"taken": value}, remove=["p"]),
            numbers.get(str(value)) if is_ours else None,
            taken == value,
        )
        for value, label in words.items()
    ]


def _next_to_take(user: User) -> tuple[Request, str] | None:
    if not user.has_perm(WORKS):
        return None
    row = Request.objects.visible_to(user).our_turn().filter(taken_by=None).select_related("department").in_order().first()
    return (row, due(row).words) if row else None


def _groups(rows: Any, user: User) -> list[tuple[str, str, list[Row]]]:
    """(kind, title, rows): what is due when, in the order in which they come."""
    titles = {"overdue": _("Overdue"), "today": _("Today"), "later": _("Later"), "none": ""}
    groups: list[tuple[str, str, list[Row]]] = []
    for request in rows:
        row = _row(request, user)
        if not groups or groups[-1][0] != row.due.kind:
            groups.append((row.due.kind, str(titles[row.due.kind]), []))
        groups[-1][2].append(row)
    return groups


def _row(request: Any, user: User) -> Row:
    works = user.has_perm(WORKS)
    can_take = request.is_open and request.taken_by_id is None and not request.over and works
    words, verb = _next_step(request)
    whose = _("you") if request.taken_by_id == user.pk else name_of(request.taken_by) if request.taken_by else "–"
    meeting = f"{VISITS[request.visit]}, {MODES[request.mode]}"
    address = reverse(f"admin:appointments_request_{verb}", args=[request.pk]) if verb and works else ""
    return Row(request, due(request), _tags(request), words, address, can_take, meeting, whose)


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


def _tags(request: Any) -> list[str]:
    tags = [(request.alike and request.is_open, _("perhaps the same child")), (request.untaken, _("not in our system yet"))]
    return [words for holds, words in tags if holds]
