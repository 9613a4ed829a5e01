"""What the search knows of the directory. Everything in it is public and in English."""

from django.utils.translation import gettext_lazy as _

from directory.models import Clinician, Department
from foundation.prose.text import plain
from foundation.search import actions as search
from foundation.search.actions import Page, Source


def store_department(department: Department) -> None:
    """Renews the search entry of one department."""
    body = " ".join([department.summary, plain(department.text)])
    search.store(kind="department", object_id=department.pk, language="en", title=department.name, body=body)


def store_clinician(clinician: Clinician) -> None:
    """Renews the search entry of one clinician."""
    body = f"{clinician.credentials} {clinician.role}. {plain(clinician.text)}"
    search.store(kind="clinician", object_id=clinician.pk, language="en", title=clinician.name, body=body)


def _departments(ids: list[int], language: str) -> dict[int, Page]:
    return {d.pk: Page(d.get_absolute_url(), d.name, "en") for d in Department.objects.filter(pk__in=ids)}


def _clinicians(ids: list[int], language: str) -> dict[int, Page]:
    return {c.pk: Page(c.get_absolute_url(), str(c), "en") for c in Clinician.objects.filter(pk__in=ids)}


def _rebuild_departments() -> None:
    for department in Department.objects.all():
        store_department(department)


def _rebuild_clinicians() -> None:
    for clinician in Clinician.objects.all():
        store_clinician(clinician)


SOURCES = [
    Source("department", 3, _("Departments, services and centers"), _departments, _rebuild_departments),
    Source("clinician", 6, _("Clinicians"), _clinicians, _rebuild_clinicians),
]
