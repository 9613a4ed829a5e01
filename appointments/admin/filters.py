"""The filters of the queue."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.models import Request
from appointments.models.request import SEES_ALL
from directory.models import Department
from foundation.adminkit.verbs import staff

Requests = QuerySet[Request]


class State(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Request.Status.choices, ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [first | {"display": _("Open")}, *others]

    def queryset(self, request: HttpRequest, queryset: Any) -> Requests:
        if self.value() is None:
            return queryset.open()
        return queryset if self.value() == "all" else queryset.filter(status=self.value())


class DueBy(admin.SimpleListFilter):
    title = gettext_lazy("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("overdue", _("Overdue")), ("today", _("Today")), ("week", _("This week"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Requests:
        """Today and this week begin now: what is late already is overdue."""
        now = timezone.now()
        if self.value() == "overdue":
            return queryset.overdue(now)
        if self.value() not in {"today", "week"}:
            return queryset
        days = 0 if self.value() == "today" else 7 - timezone.localdate().isoweekday()
        return queryset.open().filter(due_at__gte=now, due_at__lt=end_of_day(days))


def end_of_day(ahead: int) -> datetime:
    """The midnight that ends the day `ahead` days from today, on the site's clock."""
    return timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=ahead + 1), time()))


class OwnDepartments(admin.SimpleListFilter):
    title = gettext_lazy("department")
    parameter_name = "department"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = Department.objects.all()
        if not request.user.has_perm(SEES_ALL):
            rows = rows.filter(coordinators=staff(request))
        return [(row.slug, row.name) for row in rows]

    def queryset(self, request: HttpRequest, queryset: Any) -> Requests:
        return queryset.filter(department__slug=self.value()) if self.value() else queryset


class TakenBy(admin.SimpleListFilter):
    title = gettext_lazy("taken by")
    parameter_name = "taken"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("me", _("Me")), ("nobody", _("Nobody"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Requests:
        if self.value() == "me":
            return queryset.filter(taken_by=staff(request))
        return queryset.filter(taken_by=None) if self.value() == "nobody" else queryset


class Unread(admin.SimpleListFilter):
    """Whether the family wrote or did something that nobody has seen, by the annotations of the queue."""

    title = gettext_lazy("news from the family")
    parameter_name = "words"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("unread", _("New"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Requests:
        return queryset.filter(Q(unread=True) | Q(unseen=True)) if self.value() == "unread" else queryset


class Over(admin.SimpleListFilter):
    """Whether a visit is over and nobody has said how it ended, by the annotation of the queue."""

    title = gettext_lazy("visit")
    parameter_name = "visit"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("over", _("Over, say how it ended"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Requests:
        return queryset.filter(over=True) if self.value() == "over" else queryset


class SameFamily(admin.SimpleListFilter):
    """Requests with the same email address or phone as the one named: what a search for either leads to."""

    title = gettext_lazy("same family")
    parameter_name = "same"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        named = request.GET.get("same", "")
        return [(named, _("As %(reference)s") % {"reference": named})] if named else []

    def queryset(self, request: HttpRequest, queryset: Any) -> Requests:
        named = Request.objects.visible_to(staff(request)).filter(reference=self.value()).first() if self.value() else None
        if named:
            return queryset.filter(named.same_family())
        return queryset.none() if self.value() else queryset
