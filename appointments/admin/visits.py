"""The visits of a day, with names, and of a week, with initials: of the departments that somebody sees, or one's own as a clinician."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from appointments import time_text
from appointments.actions import record_outcome
from appointments.actions.calendar_feed import end_feed, make_feed
from appointments.actions.undo import can_undo
from appointments.admin.queue import VISITS
from appointments.choices import Interpreter
from appointments.column_text import describe
from appointments.models import Away, OfferedTime, Request, RequestEvent
from appointments.models.clinic_hours import monday_of
from appointments.models.request import MAY_LOOK, SEES_ALL, WORKS
from appointments.models.time import AGREED, OfferedTimeQuerySet
from directory.calendar import is_holiday
from directory.hours import zone_in_words
from directory.models import Clinician, Department, Location
from foundation.adminkit.idempotency import once
from foundation.adminkit.verbs import staff
from foundation.audit.actions import record
from foundation.privacy.keys import Unreadable
from foundation.prose.days import Day, midnight
from foundation.workflow import Refused

DAY = timedelta(days=1)
Status = OfferedTime.Status
OUTCOMES = {"came": gettext_lazy("Came"), "missed": gettext_lazy("Did not come")}
UNDO = {"undo": gettext_lazy("Undo")}
TICK = re.compile(r"[0-9]{1,9}-[0-9]{1,9}")


class VisitsForm(forms.Form):
    """Which visits are shown. What cannot be chosen counts as not given."""

    day = Day(label=gettext_lazy("Day"), required=False)
    department = forms.ModelChoiceField(Department.objects.none(), label=gettext_lazy("Department"), required=False)
    clinician = forms.ModelChoiceField(Clinician.objects.none(), label=gettext_lazy("Clinician"), required=False)
    location = forms.ModelChoiceField(Location.objects.none(), label=gettext_lazy("Place"), required=False)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__({"day": str(timezone.localdate())} | data.dict())
        departments = _departments_of(user)
        rows = {
            "department": departments,
            "clinician": Clinician.objects.filter(Q(departments__in=departments) | Q(user=user)).distinct(),
            "location": Location.objects.filter(departments__in=departments).distinct(),
        }
        for name, queryset in rows.items():
            field: Any = self.fields[name]
            field.queryset, field.empty_label = queryset, _("all")
            if not _may_look(user):  # there is nothing to choose from but the own visits
                del self.fields[name]
        self.full_clean()

    @property
    def chosen_day(self) -> date:
        return self.cleaned_data.get("day") or timezone.localdate()

    def narrow(self, times: OfferedTimeQuerySet) -> OfferedTimeQuerySet:
        places = {"department": "request__department", "clinician": "clinician", "location": "location"}
        chosen = {path: row for name, path in places.items() if (row := self.cleaned_data.get(name))}
        return times.filter(**chosen)

    def query(self, day: date) -> str:
        """The same choice on another day, for an address."""
        rows = {name: self.cleaned_data.get(name) for name in ("department", "clinician", "location")}
        parts = [f"day={day:%Y-%m-%d}", *(f"{name}={row.pk}" for name, row in rows.items() if row)]
        return "?" + "&".join(parts)


@require_safe
def visits(request: HttpRequest) -> HttpResponse:
    user = staff(request)
    if not (_may_look(user) or hasattr(user, "clinician")):
        raise PermissionDenied
    form = VisitsForm(request.GET, user=user)
    day = form.chosen_day
    monday, times = monday_of(day), form.narrow(OfferedTime.objects.visible_to(user))
    week = _of_week(times, monday)
    theirs = set(_departments_of(user).values_list("pk", flat=True)) if user.has_perm(WORKS) else set()
    days, rows = _days_of(monday, day, week), _of_day(times, day)
    undoable = _undoable(rows)
    lines = [_visit(row, theirs, is_undoable=row.request_id in undoable) for row in rows]
    context = {
        "title": _("Visits on %(day)s") % {"day": time_text.day(datetime.combine(day, time()))},
        "form": form,
        "day": day,
        "zone": zone_in_words(settings.TIME_ZONE),
        "days": _days(form, day, days, week),
        "before": form.query(day - 7 * DAY),
        "after": form.query(day + 7 * DAY),
        "visits": lines,
        "ticks": sum(bool(line["tick"]) for line in lines),
        "all_came": reverse("admin:visits_all_came") + form.query(day),
        "back": reverse("admin:visits") + form.query(day),
        "week": _week(week, days),
        "heads": [time_text.short_day(each) for each in days],
        "unsaid": times.over().filter(starts_at__lt=midnight(day), request__in=Request.objects.open()).count(),
        "is_nav_sidebar_enabled": False,
        "may_look": _may_look(user),
        "is_clinician": hasattr(user, "clinician"),
        "has_feed": hasattr(user, "clinician") and hasattr(user.clinician, "calendar_feed"),
    }
    if rows:
        references = " ".join(row.request.reference for row in rows)
        record(by=user, verb="read the visits of a day", obj=user, fields=["child_name", "child_born"], visits=references)
    return TemplateResponse(request, "admin/appointments/visits.html", admin.site.each_context(request) | context)


@once
@require_POST
def calendar_address(request: HttpRequest) -> HttpResponse:
    """A clinician makes a private address for the own calendar program, which is told this once, or takes it back."""
    user = staff(request)
    clinician = Clinician.objects.filter(user=user).first()
    if clinician is None:
        raise PermissionDenied
    if "end" in request.POST:
        end_feed(clinician=clinician, by=user)
        messages.success(request, _("The address shows nothing any more."))
        return HttpResponseRedirect(reverse("admin:visits"))
    secret = make_feed(clinician=clinician, by=user)
    address = request.build_absolute_uri(reverse("appointments:calendar_feed", args=[secret]))
    context = {"title": _("Your visits in your own calendar"), "address": address}
    return TemplateResponse(request, "admin/appointments/calendar_address.html", admin.site.each_context(request) | context)


@require_POST
@permission_required(WORKS, raise_exception=True)
def all_came(request: HttpRequest) -> HttpResponse:
    """Of each visit that is ticked it is said that they came. In one transaction each: none waits for another, and one that cannot is named."""
    user = staff(request)
    ticks = [value.split("-") for value in request.POST.getlist("came") if TICK.fullmatch(value)]
    seen = {int(pk): int(version) for pk, version in ticks}
    rows = Request.objects.visible_to(user).filter(pk__in=seen).exclude(closing_reason=Request.Reason.CAME)
    count = 0
    for row in rows.select_related("department").order_by("pk"):
        try:
            record_outcome(request=row, by=user, came=True, seen=seen[row.pk])
        except Refused as refusal:
            messages.warning(request, f"{row}: {refusal}")
        else:
            count += 1
    if count:
        words = ngettext(
            "%(count)d came. The family is sent nothing.", "%(count)d came. The families are sent nothing.", count
        )
        messages.success(request, words % {"count": count})
    form = VisitsForm(request.GET, user=user)
    return HttpResponseRedirect(reverse("admin:visits") + form.query(form.chosen_day))


def _may_look(user: User) -> bool:
    return any(user.has_perm(right) for right in MAY_LOOK)


def _departments_of(user: User) -> QuerySet[Department]:
    if user.has_perm(SEES_ALL):
        return Department.objects.all()
    return Department.objects.filter(coordinators=user) if _may_look(user) else Department.objects.none()


def _of_day(times: OfferedTimeQuerySet, day: date) -> list[OfferedTime]:
    """The agreed ones, with what a line shows; of those of a long request no more than that."""
    rows = times.agreed_on(day).select_related("clinician", "location", "room__location", "request__condition")
    return list(rows.prefetch_related("request__condition__names").order_by("starts_at", "pk"))


def _of_week(times: OfferedTimeQuerySet, monday: date) -> list[OfferedTime]:
    """Agreed ones and those that are held, of seven days."""
    rows = times.filter(starts_at__gte=midnight(monday), starts_at__lt=midnight(monday + 7 * DAY))
    held = Q(status=Status.OFFERED, expires_at__gt=timezone.now())
    return list(rows.filter(Q(status__in=AGREED) | held).with_child().order_by("starts_at", "pk"))


def _days_of(monday: date, chosen: date, week: Iterable[OfferedTime]) -> list[date]:
    """Monday to Friday; a day of the weekend only if something is on it, or it is looked at."""
    busy = {timezone.localdate(row.starts_at) for row in week} | {chosen}
    return [day for number in range(7) for day in [monday + number * DAY] if number < 5 or day in busy]


def _days(form: VisitsForm, chosen: date, days: list[date], week: Iterable[OfferedTime]) -> list[dict[str, Any]]:
    counts = Counter(timezone.localdate(row.starts_at) for row in week if row.status in AGREED)
    return [
        {
            "address": form.query(day),
            "words": time_text.short_day(day),
            "count": counts[day],
            "is_today": day == timezone.localdate(),
            "is_chosen": day == chosen,
            "is_holiday": is_holiday(day),
        }
        for day in days
    ]


def _visit(row: OfferedTime, theirs: set[int], *, is_undoable: bool) -> dict[str, Any]:
    """A line of the day. Reads personal data. `theirs` are the departments on whose requests the person works.

    `buttons` are (address, label) of what can be said of it now, or taken back; `tick` is what the box of *All came* carries:
    the request, and its version on the screen.
    """
    now, request = timezone.now(), row.request
    minutes = int((row.ends_at - row.starts_at).total_seconds() // 60)
    others = zone_in_words(row.zone) if row.zone != settings.TIME_ZONE else ""
    clock = f"{_clock(row)} {others}".strip()
    what = ", ".join([str(VISITS[request.visit]), *([request.condition.name] if request.condition else [])])
    is_theirs = request.department_id in theirs
    waits = row.status == Status.CONFIRMED and row.ends_at <= now and request.is_open and is_theirs
    verbs = OUTCOMES if waits else UNDO if is_undoable and is_theirs else {}
    addresses = {verb: reverse(f"admin:appointments_request_{verb}", args=[request.pk]) for verb in verbs}
    return {
        "time": row,
        "clock": _("%(clock)s, %(minutes)d min") % {"clock": clock, "minutes": minutes},
        "who": _name_and_age(request, row.starts_at),
        "what": what,
        "where": str(row.room or row.location or _("By video")),
        "to_know": _to_know(request),
        "said": str(row.get_status_display()) if row.status != Status.CONFIRMED else "",
        "buttons": [(addresses[verb], label) for verb, label in verbs.items()],
        "tick": f"{request.pk}-{request.version}" if waits else "",
        "is_now": row.starts_at <= now < row.ends_at,
    }


def _undoable(rows: list[OfferedTime]) -> set[int]:
    """The requests whose last step said how a visit ended, lately enough to take that back."""
    events: dict[int, RequestEvent] = {}
    said = {row.request_id: row.request for row in rows if row.status in {Status.CAME, Status.MISSED}}
    for event in RequestEvent.objects.filter(request__in=said, undone=False).exclude(verb="undid").order_by("pk"):
        events[event.request_id] = event
    return {pk for pk, event in events.items() if event.verb in OUTCOMES and can_undo(event, said[pk])}


def _name_and_age(request: Request, on: datetime) -> str:
    try:
        born, name = request.child_born, request.child_name
    except Unreadable:
        return _("cannot be read any more")
    if not born:
        return name or "–"
    years = time_text.age(date.fromisoformat(born), timezone.localdate(on))
    return _("%(name)s, %(years)d years") % {"name": name, "years": years}


def _to_know(request: Request) -> list[str]:
    try:
        asked = request.interpreter not in {"", Interpreter.NONE}
        names = ("interpreter", "language") if asked else ()
        told = [words for name in names for _label, words in describe(request, name, [])]
    except Unreadable:
        told = []
    return [*told, *([_("Child must be in %(state)s") % {"state": request.state}] if request.state else [])]


def _clock(row: OfferedTime) -> str:
    return time_text.hour(row.starts_at.astimezone(ZoneInfo(row.zone)))


def _week(week: list[OfferedTime], days: list[date]) -> list[tuple[Clinician, list[tuple[str, list[dict[str, Any]]]]]]:
    """Of each clinician the days: whether away, and what is agreed or held."""
    busy = {row.clinician_id for row in week}
    people = Clinician.objects.filter(pk__in=busy).only("name", "credentials").order_by("name")
    away = list(Away.objects.filter(clinician__in=busy, first_day__lte=days[-1], last_day__gte=days[0]))
    places = dict(Location.objects.values_list("pk", "name"))
    queue = reverse("admin:appointments_request_changelist")
    cells: dict[tuple[int, date], list[dict[str, Any]]] = {}
    for row in week:
        cells.setdefault((row.clinician_id, timezone.localdate(row.starts_at)), []).append(_entry(row, places, queue))
    away_on = {(row.clinician_id, day) for row in away for day in days if row.first_day <= day <= row.last_day}
    return [
        (who, [(_("away") if (who.pk, day) in away_on else "", cells.get((who.pk, day), [])) for day in days])
        for who in people
    ]


def _entry(row: OfferedTime, places: dict[int, str], queue: str) -> dict[str, Any]:
    where = places[row.location_id] if row.location_id else _("video")
    words = {"clock": _clock(row), "who": row.request.initials, "where": where}
    held = row.status == Status.OFFERED
    text = _("%(clock)s %(who)s held") if held else _("%(clock)s %(who)s %(where)s")
    return {"words": text % words, "address": f"{queue}{row.request_id}/change/", "is_held": held}
