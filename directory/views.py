from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext as _, gettext_lazy

from directory.contact import Contact
from directory.models import Clinician, Department, OpeningHours
from foundation.pages import structured_data
from foundation.pages.http import absolute, alternates, find, hold_until, paginate, public_page
from foundation.pages.structured_data import list_context
from foundation.prose.text import safe_html
from foundation.search.fold import fold

# schema.org's MedicalSpecialty by a part of the department's name.
SPECIALTIES = {
    "rheumat": "Rheumatologic",
    "inflammat": "Rheumatologic",
    "orthop": "Musculoskeletal",
    "spine": "Musculoskeletal",
    "infect": "Infectious",
    "genetic": "Genetic",
    "mri": "Radiography",
    "radiolog": "Radiography",
    "physical therapy": "Physiotherapy",
    "surg": "Surgical",
}


def describe_department(request: HttpRequest, department: Department, crumbs: structured_data.Crumbs) -> SafeString:
    name, at_night = department.name.lower(), department.after_hours_phone
    clinic = {
        "@type": "MedicalClinic",
        "name": department.words["name"],
        "description": department.words["summary"],
        "url": absolute(request, request.path),
        "telephone": department.phone,
        "contactPoint": at_night and {"@type": "ContactPoint", "contactType": "after hours", "telephone": at_night},
        "email": department.email,
        "address": [
            {
                "@type": "PostalAddress",
                "name": location.words["name"],
                "streetAddress": location.street,
                "addressLocality": location.city,
                "addressRegion": location.state,
                "postalCode": location.postal_code,
                "addressCountry": "US",
            }
            for location in department.locations.all()
        ],
        "openingHoursSpecification": [
            {
                "@type": "OpeningHoursSpecification",
                "dayOfWeek": OpeningHours.Weekday(hours.weekday).name.title(),
                "opens": f"{hours.opens:%H:%M}",
                "closes": f"{hours.closes:%H:%M}",
            }
            for hours in department.hours.all()
        ],
        "medicalSpecialty": sorted({"Pediatric", *(named for part, named in SPECIALTIES.items() if part in name)}),
        "parentOrganization": structured_data.hospital(request),
    }
    return structured_data.block(clinic, structured_data.trail(request, crumbs))


def describe_clinician(request: HttpRequest, clinician: Clinician, crumbs: structured_data.Crumbs) -> SafeString:
    """A Person: schema.org's Physician is a business."""
    page = {
        "@type": "ProfilePage",
        "url": absolute(request, request.path),
        "mainEntity": person(clinician) | {"image": structured_data.picture(request, clinician)},
    }
    return structured_data.block(page, structured_data.trail(request, crumbs))


def person(clinician: Clinician) -> structured_data.Thing:
    return {
        "@type": "Person",
        "name": clinician.name,
        "honorificSuffix": clinician.credentials,
        "jobTitle": clinician.words["role"],
    }


class DepartmentFilter(forms.Form):
    """Whose clinicians to list; one that is not there counts as none."""

    department = forms.SlugField(required=False, max_length=100)

    def chosen(self) -> Department | None:
        slug = self.cleaned_data["department"] if self.is_valid() else ""
        return Department.objects.filter(slug=slug).first() if slug else None


MOST_CONDITIONS = 30  # on the page of a department; the list of conditions has all of them, by letter
MOST_COLLEAGUES = 30  # on the page of a department, and on each page of the list of clinicians
MOST_REVIEWED = 20  # on the page of a clinician: the newest
GROUPS = [
    (Department.Kind.CENTER, gettext_lazy("Specialized centers")),
    (Department.Kind.DEPARTMENT, gettext_lazy("Departments")),
    (Department.Kind.SERVICE, gettext_lazy("Services")),
]


@public_page
def departments(request: HttpRequest) -> HttpResponse:
    rows = sorted(Department.objects.prefetch_related("locations"), key=lambda row: (row.order, fold(row.words["name"])))
    groups = [(kind, label, own) for kind, label in GROUPS if (own := [row for row in rows if row.kind == kind])]
    return render(request, "directory/departments.html", {"groups": groups, **list_context(request, _("Departments"))})


@public_page
def department(request: HttpRequest, slug: str) -> HttpResponse:
    row = find(Department.objects.prefetch_related("locations", "hours"), slug)
    crumbs = [(_("Home"), reverse("home")), (_("Departments"), reverse("directory:departments")), (row.words["name"], "")]
    contact = Contact.of(row)
    treated = list(row.conditions.readable(get_language()).order_by("slug")[: MOST_CONDITIONS + 1])
    clinicians = list(row.clinicians.all()[: MOST_COLLEAGUES + 1])
    context = {
        "department": row,
        "text": safe_html(row.words["text"], under_title=True),
        **contact.for_page(),
        "closed_days": contact.closed_days,
        "conditions": sorted(treated[:MOST_CONDITIONS], key=_by_name),
        "more_conditions": len(treated) > MOST_CONDITIONS,
        "clinicians": clinicians[:MOST_COLLEAGUES],
        "more_clinicians": len(clinicians) > MOST_COLLEAGUES,
        "crumbs": crumbs,
        "alternates": alternates(request),
        "structured": describe_department(request, row, crumbs),
    }
    moments = [contact.changes_at, *(closed.ends for closed in contact.closed_days[:1])]
    return hold_until(render(request, "directory/department.html", context), min(filter(None, moments), default=None))


@public_page(query=("page", "department"))
def clinicians(request: HttpRequest) -> HttpResponse:
    """Everybody who treats children here, or in one department, with the first of their departments that takes requests."""
    department = DepartmentFilter(request.GET).chosen()
    rows = Clinician.objects.with_pictures().prefetch_related("departments").order_by("name", "pk")
    shown = rows.filter(departments=department) if department else rows
    page = paginate(request, shown, MOST_COLLEAGUES, is_filtered=department is not None)
    context = list_context(request, _("Clinicians")) | page | {"department": department}
    return render(request, "directory/clinicians.html", context)


@public_page
def clinician(request: HttpRequest, slug: str) -> HttpResponse:
    """Who somebody is, where they work, and which texts they stand behind now."""
    row = find(Clinician.objects.with_pictures().prefetch_related("departments"), slug)
    crumbs = [(_("Home"), reverse("home")), (_("Clinicians"), reverse("directory:clinicians")), (str(row), "")]
    live = row.reviewed_editions.live().filter(language__in=[get_language(), "en"]).order_by("-publish_at", "pk")
    newest = live.select_related("condition").prefetch_related("condition__names")[: 2 * MOST_REVIEWED + 1]
    reviewed = list(dict.fromkeys(edition.condition for edition in newest))  # of a condition two languages at most
    context = {
        "clinician": row,
        "text": safe_html(row.words["text"], under_title=True),
        "reviewed": sorted(reviewed[:MOST_REVIEWED], key=_by_name),
        "more_reviewed": len(reviewed) > MOST_REVIEWED,
        "crumbs": crumbs,
        "alternates": alternates(request),
        "structured": describe_clinician(request, row, crumbs),
    }
    return render(request, "directory/clinician.html", context)


def _by_name(condition: Any) -> str:
    return fold(condition.name)
