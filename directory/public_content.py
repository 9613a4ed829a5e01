"""What readers see of the directory: all of it is public, in English, and listed in both languages."""

from directory.models import Clinician, Closure, Department, License, Location, OpeningHours
from foundation.pages.registry import PageSitemap, PublicContent, register


class DepartmentSitemap(PageSitemap):
    model = Department


class ClinicianSitemap(PageSitemap):
    model = Clinician


register(
    PublicContent(Department, lists=("directory:departments",), sitemap=DepartmentSitemap),
    PublicContent(Clinician, lists=("directory:clinicians",), sitemap=ClinicianSitemap),
    *(OpeningHours, Closure, License, Location, Department.locations.through, Clinician.departments.through),
)
