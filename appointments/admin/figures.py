"""“How we are doing”: the page, and the same as a spreadsheet. For coordinator leads."""

from datetime import date, timedelta
from itertools import islice
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_safe

from appointments.admin.figure_tables import Lists, Table, days as days_in_words, lead_figures, tables
from appointments.figures import Figures, Period
from appointments.figures_mail import SEES_FIGURES
from appointments.free_hours import Hours, Wanted
from appointments.models import ClinicHours
from appointments.models.request import SEES_ALL
from directory.models import Clinician, Department, Location
from foundation.adminkit.csv_file import csv_file, escape_formula
from foundation.adminkit.verbs import staff
from foundation.prose.days import Day

DAYS, MOST_DAYS = 90, 400
AHEAD = 182  # days in which the third next free hour is looked for


class PeriodForm(forms.Form):
    first = Day(label=gettext_lazy("From"))
    last = Day(label=gettext_lazy("to"))
    department = forms.ModelChoiceField(
        Department.objects.none(),
        label=gettext_lazy("Department"),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("All departments"),
        error_messages={"invalid_choice": gettext_lazy("Choose one of your departments.")},
    )

    def __init__(self, data: Any, *, user: User) -> None:
        usual = Period.of_days(DAYS, timezone.localdate())
        super().__init__({"first": usual.first.isoformat(), "last": usual.last.isoformat()} | data.dict(), label_suffix="")
        field: Any = self.fields["department"]
        self.departments = Department.objects.prefetch_related("locations")
        if not user.has_perm(SEES_ALL):
            self.departments = self.departments.filter(coordinators=user)
        field.queryset = self.departments

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        first, last = answers.get("first"), answers.get("last")
        if first and last and not 0 <= (last - first).days < MOST_DAYS:
            words = _("Choose a last day that is not before the first, and at most %(most)d days.")
            self.add_error("last", words % {"most": MOST_DAYS})
        return answers

    @property
    def period(self) -> Period:
        return Period(self.cleaned_data["first"], self.cleaned_data["last"])


def _found(request: HttpRequest) -> tuple[PeriodForm, dict[str, Any]]:
    """The form, and what was counted if it is in order."""
    if not request.user.has_perm(SEES_FIGURES):
        raise PermissionDenied
    form = PeriodForm(request.GET, user=staff(request))
    if not form.is_valid():
        return form, {}
    own = form.cleaned_data["department"]
    departments = [own] if own else list(form.departments)
    figures, lists = Figures([row.pk for row in departments], form.period), Lists(form.period, own)
    found = {"lead": lead_figures(figures, lists), "tables": tables(figures, departments, lists)}
    return form, found | {"third_next": _third_next(own)}


def _third_next(department: Department | None) -> str:
    """How long a family that asks now would wait, without the luck of one cancelled visit. In words; why, where it is missing.

    Some queries a clinician.
    """
    if department is None:
        return _("For the third next free hour of a first visit choose one department.")
    today, clinics = timezone.localdate(), _clinics(department)
    if not clinics:
        return _("The third next free hour cannot be told: no clinic hours are entered for first visits.")
    found = sorted(
        day for who, place in clinics for day in _first_days(Wanted(who, department, place, department.minutes_new), today)
    )
    if len(found) < 3:
        return _("Fewer than three hours are free for a first visit within half a year.")
    return _("The third next free hour for a first visit is %(days)s away.") % {"days": days_in_words((found[2] - today).days)}


def _clinics(department: Department) -> list[tuple[Clinician, Location | None]]:
    """Who meets new families of the department, and where; each once."""
    today = timezone.localdate()
    is_valid = Q(valid_to=None) | Q(valid_to__gte=today)
    rows = department.clinic_hours.filter(is_valid, valid_from__lte=today + timedelta(days=AHEAD))
    rows = rows.exclude(visits=ClinicHours.Visits.FOLLOW_UP).select_related("clinician", "location")
    return list({(row.clinician_id, row.location_id): (row.clinician, row.location) for row in rows}.values())


def _first_days(wanted: Wanted, today: date) -> list[date]:
    """Of the first three free hours."""
    hours = Hours(wanted, today, today + timedelta(days=AHEAD))
    days = (today + timedelta(days=number) for number in range(AHEAD))
    return list(islice((day for day in days for _free in hours.free(day)), 3))


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    form, found = _found(request)
    context = {
        "title": _("How we are doing"),
        "is_nav_sidebar_enabled": False,
        "form": form,
        "query": urlencode(request.GET.dict()),
    } | found
    if found:
        context |= {"period": form.period, "days": form.period.days}
    return TemplateResponse(request, "admin/appointments/figures.html", admin.site.each_context(request) | context)


@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    form, found = _found(request)
    if not found:
        return page(request)
    rows = (row for table in found["tables"] for row in _csv_rows(table))
    return csv_file(f"how-we-are-doing-{form.period.first}-{form.period.last}", rows)


def _csv_rows(table: Table) -> list[list[str]]:
    rows = ([escape_formula(row.label), *(cell.text for cell in row.cells)] for row in table.rows)
    return [[table.title], table.heads, *rows, []]
