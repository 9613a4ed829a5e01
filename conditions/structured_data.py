from django.http import HttpRequest
from django.utils.safestring import SafeString

from conditions.models import ConditionCode, Edition, Source
from conditions.page_context import Naming
from directory.structured_data import person
from foundation.pages import structured_data
from foundation.pages.http import absolute

SYSTEMS = dict(ConditionCode.System.choices)


def describe(request: HttpRequest, edition: Edition, names: Naming, crumbs: structured_data.Crumbs) -> SafeString:
    """A medical page with its reviewer, the condition it is about, and its sources.

    The review stands on the page, not on the condition, and the readers are families, which schema.org calls patients.
    """
    page = {
        "@type": "MedicalWebPage",
        "name": names.heading,
        "description": edition.summary,
        "url": absolute(request, request.path),
        "inLanguage": edition.language,
        "datePublished": edition.publish_at and edition.publish_at.isoformat(),
        "lastReviewed": edition.reviewed_on and edition.reviewed_on.isoformat(),
        "reviewedBy": person(edition.reviewed_by) if edition.reviewed_by else None,
        "audience": {"@type": "PeopleAudience", "audienceType": "Patient"},
        "about": _condition(edition, names),
        "citation": [_source(source) for source in edition.sources.all()],
        "breadcrumb": structured_data.trail(request, crumbs),
        "publisher": structured_data.hospital(request),
    }
    return structured_data.block(page)


def _condition(edition: Edition, names: Naming) -> structured_data.Thing:
    codes = edition.condition.codes.all()
    return {
        "@type": "MedicalCondition",
        "name": names.heading,
        "alternateName": names.also,
        "code": [{"@type": "MedicalCode", "codeValue": code.code, "codingSystem": SYSTEMS[code.system]} for code in codes],
    }


def _source(source: Source) -> structured_data.Thing:
    return {
        "@type": "CreativeWork",
        "name": source.title,
        "url": source.url,
        "inLanguage": source.language,
        "datePublished": source.date,
    }
