from django.http import HttpRequest
from django.utils.safestring import SafeString

from directory.models import Clinician, Department, Location, OpeningHours
from foundation.pages import structured_data
from foundation.pages.http import absolute

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
    name = department.name.lower()
    clinic = {
        "@type": "MedicalClinic",
        "name": department.words["name"],
        "description": department.words["summary"],
        "url": absolute(request, request.path),
        "telephone": department.phone,
        "contactPoint": _after_hours(department),
        "email": department.email,
        "address": [_address(location) for location in department.locations.all()],
        "openingHoursSpecification": [_hours(hours) for hours in department.hours.all()],
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


def _after_hours(department: Department) -> structured_data.Thing:
    number = department.after_hours_phone
    return {"@type": "ContactPoint", "contactType": "after hours", "telephone": number} if number else {}


def _address(location: Location) -> structured_data.Thing:
    return {
        "@type": "PostalAddress",
        "name": location.words["name"],
        "streetAddress": location.street,
        "addressLocality": location.city,
        "addressRegion": location.state,
        "postalCode": location.postal_code,
        "addressCountry": "US",
    }


def _hours(hours: OpeningHours) -> structured_data.Thing:
    return {
        "@type": "OpeningHoursSpecification",
        "dayOfWeek": OpeningHours.Weekday(hours.weekday).name.title(),
        "opens": f"{hours.opens:%H:%M}",
        "closes": f"{hours.closes:%H:%M}",
    }
