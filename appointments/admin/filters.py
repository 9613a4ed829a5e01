from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.figures import Period, counted
from appointments.models import FamilyAct, HandOver, Note, OfferedTime, Request
from appointments.models.request import SEES_ALL
from directory.models import Department
from foundation.adminkit.verbs import staff
from foundation.prose.days import midnight

Requests = QuerySet[Request]


class QueueFilter(admin.SimpleListFilter):
    """`options` are (value, label); `narrow` leaves the rows of the value that is chosen."""

    options: Any = []

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return self.options

    def queryset(self, request: HttpRequest, queryset: Any) -> Requests:
        return self.narrow(queryset, self.value(), staff(request)) if self.value() else queryset

    def narrow(self, rows: Any, value: Any, user: User) -> Requests:
        raise NotImplementedError


class Turn(QueueFilter):
    """Whose turn it is: ours unless something else is asked for. Shown as tabs above the queue."""

    title = _("turn")
    parameter_name = "turn"
    options = [
        ("us", _("Our turn")),
        ("family", _("The family’s turn")),
        ("visit", _("Visit agreed")),
        ("over", _("Visit is over")),
        ("closed", _("Closed")),
        ("all", _("All")),
    ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Requests:
        turn = turn_of(request)
        if turn in {"all", "closed"}:
            return queryset if turn == "all" else queryset.with_end().exclude(end_at=None)
        narrow = {"us": queryset.our_turn, "family": queryset.familys_turn, "visit": queryset.visit_agreed}.get(turn)
        rows = narrow() if narrow else queryset.open()
        is_over = Q(pk__in=OfferedTime.objects.over().values("request"))
        return rows.filter(is_over if turn == "over" else ~is_over) if turn in {"visit", "over"} else rows


def turn_of(request: HttpRequest) -> str:
    """The tab; "open" for all that are, where other filters are given alone, and "all" where they name the state."""
    given = request.GET.get(Turn.parameter_name)
    if given in dict(Turn.options):
        return str(given)
    if State.parameter_name in request.GET:
        return "all"
    return "open" if {"due", "taken", "words", "mode__exact", "same", "system", "counted"} & set(request.GET) else "us"


class State(QueueFilter):
    title = _("state")
    parameter_name = "state"
    options = [*Request.Status.choices, ("all", _("All"))]

    def narrow(self, rows: Any, value: Any, user: User) -> Requests:
        return rows if value == "all" else rows.filter(status=value)


class DueBy(QueueFilter):
    title = _("due")
    parameter_name = "due"
    options = [("overdue", _("Overdue")), ("today", _("Today")), ("week", _("This week"))]

    def narrow(self, rows: Any, value: Any, user: User) -> Requests:
        now = timezone.now()
        if value == "overdue":
            return rows.overdue(now)
        if value not in {"today", "week"}:
            return rows
        days = 0 if value == "today" else 7 - timezone.localdate().isoweekday()
        return rows.open().filter(due_at__gte=now, due_at__lt=midnight(timezone.localdate() + timedelta(days=days + 1)))


class OwnDepartments(QueueFilter):
    title = _("department")
    parameter_name = "department"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = Department.objects.all()
        if not request.user.has_perm(SEES_ALL):
            rows = rows.filter(coordinators=staff(request))
        return [(row.slug, row.name) for row in rows]

    def narrow(self, rows: Any, value: Any, user: User) -> Requests:
        return rows.filter(department__slug=value)


class TakenBy(QueueFilter):
    title = _("taken by")
    parameter_name = "taken"
    options = [("me", _("Me")), ("nobody", _("Nobody")), ("others", _("A colleague")), ("left", _("Somebody who left"))]

    def narrow(self, rows: Any, value: Any, user: User) -> Requests:
        if value == "left":
            return rows.left_behind()
        if value == "others":
            return rows.exclude(taken_by=None).exclude(taken_by=user)
        return rows.filter(taken_by=user if value == "me" else None) if value in {"me", "nobody"} else rows


class Unread(QueueFilter):
    title = _("news from the family")
    parameter_name = "words"
    options = [("unread", _("New"))]

    def narrow(self, rows: Any, value: Any, user: User) -> Requests:
        news = Q(pk__in=Note.objects.unread().values("request")) | Q(pk__in=FamilyAct.objects.unseen().values("request"))
        return rows.filter(news) if value == "unread" else rows


class Untaken(QueueFilter):
    title = _("the hospital’s system")
    parameter_name = "system"
    options = [("untaken", _("Has not taken it"))]

    def narrow(self, rows: Any, value: Any, user: User) -> Requests:
        return rows.filter(pk__in=HandOver.objects.unanswered().values("request")) if value == "untaken" else rows


class Counted(QueueFilter):
    """What a number of “How we are doing” counts, as its address names it: figure~first day~last day."""

    title = _("counted")
    parameter_name = "counted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        asked = request.GET.get("counted", "")
        return [(asked, _("As in “How we are doing”"))] if asked else []

    def narrow(self, rows: Any, value: Any, user: User) -> Requests:
        figure, _tilde, days = value.partition("~")
        try:
            first, last = (date.fromisoformat(day) for day in days.split("~"))
        except ValueError:
            return rows.none()
        found = counted(rows, figure, Period(first, last), timezone.now())
        return rows.none() if found is None else found


class SameFamily(QueueFilter):
    """Requests with the same email address or phone as the one named: what a search for either leads to."""

    title = _("same family")
    parameter_name = "same"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        reference = request.GET.get("same", "")
        return [(reference, _("As %(reference)s") % {"reference": reference})] if reference else []

    def narrow(self, rows: Any, value: Any, user: User) -> Requests:
        request = Request.objects.visible_to(user).filter(reference=value).first()
        return rows.filter(request.same_family()) if request else rows.none()
