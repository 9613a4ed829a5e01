"""What the condition page says to machines, as schema.org puts it."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe


def medical_page(page: Any, request: HttpRequest, context: dict[str, Any]) -> SafeString:
    """The script tag for the page's head."""
    site = f"{request.scheme}://{request.get_host()}"
    address = site + page.get_url(request)
    trail = [(above.title, site + above.get_url(request)) for above in context["crumbs"]] + [(context["heading"], address)]
    data = {
        "@type": "MedicalWebPage",
        "name": context["heading"],
        "description": page.summary,
        "url": address,
        "inLanguage": request.LANGUAGE_CODE,
        "datePublished": page.first_published_at.isoformat(),
        "lastReviewed": page.reviewed_on and page.reviewed_on.isoformat(),
        "reviewedBy": page.reviewed_by and reviewer(page.reviewed_by),
        "audience": {"@type": "PeopleAudience", "audienceType": "Patient"},
        "about": {
            "@type": "MedicalCondition",
            "name": context["heading"],
            "alternateName": context["also"],
            "code": [
                {"@type": "MedicalCode", "codeValue": code.code, "codingSystem": code.get_system_display()}
                for code in page.codes.all()
            ],
        },
        "citation": [citation(source) for source in page.all_sources],
        "breadcrumb": {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "name": name, "item": item}
                for place, (name, item) in enumerate(trail, start=1)
            ],
        },
        "publisher": {
            "@type": "MedicalOrganization",
            "name": settings.SITE_NAME,
            "url": f"{site}/",
            "telephone": settings.SITE_PHONE,
        },
    }
    written = json.dumps({"@context": "https://schema.org", "@graph": [data]}, ensure_ascii=False)
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return mark_safe(f'<script type="application/ld+json">{written}</script>')


def reviewer(clinician: Any) -> dict[str, Any]:
    return {
        "@type": "Person",
        "name": clinician.name,
        "honorificSuffix": clinician.credentials,
        "jobTitle": clinician.role,
    }


def citation(source: Any) -> dict[str, Any]:
    return {
        "@type": "CreativeWork",
        "name": source.title,
        "url": source.url,
        "datePublished": source.date,
    }
