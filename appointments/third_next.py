"""The third next free hour for a first visit: how long a family that asks now would wait, without the luck of one cancelled visit."""

from datetime import date, timedelta
from itertools import islice

from django.db.models import Q
from django.utils import timezone

from appointments.free_hours import Hours, Wanted
from appointments.models import ClinicHours
from directory.models import Clinician, Department, Location

DAYS = 182  # looked ahead
THIRD = 3


def days_to_third(department: Department) -> int | None:
    """Days from today; None where fewer hours are free in half a year, or no clinic hours are entered. Some queries a clinician."""
    today = timezone.localdate()
    found = sorted(
        day for clinician, place in _clinics(department) for day in _first_days(department, clinician, place, today)
    )
    return (found[THIRD - 1] - today).days if len(found) >= THIRD else None


def has_clinic_hours(department: Department) -> bool:
    return bool(_clinics(department))


def _clinics(department: Department) -> list[tuple[Clinician, Location | None]]:
    """Who meets new families of the department, and where; each once."""
    today = timezone.localdate()
    is_valid = Q(valid_to=None) | Q(valid_to__gte=today)
    rows = department.clinic_hours.filter(is_valid, valid_from__lte=today + timedelta(days=DAYS))
    rows = rows.exclude(visits=ClinicHours.Visits.FOLLOW_UP).select_related("clinician", "location")
    return list({(row.clinician_id, row.location_id): (row.clinician, row.location) for row in rows}.values())


def _first_days(department: Department, clinician: Clinician, place: Location | None, today: date) -> list[date]:
    wanted = Wanted(clinician, department, place, department.minutes_new)
    hours = Hours(wanted, today, today + timedelta(days=DAYS))
    days = (today + timedelta(days=number) for number in range(DAYS))
    return list(islice((day for day in days for _free in hours.free(day)), THIRD))
