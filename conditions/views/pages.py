"""The page on one condition, as readers see it and as staff do before, and the code printed on it."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import translate_url
from django.utils.safestring import SafeString
from django.utils.translation import override

from conditions import page_context
from conditions.models import FALLBACK, Edition
from conditions.page_context import Naming
from conditions.views.versions import publications
from directory.views import person
from foundation.pages import structured_data
from foundation.pages.http import absolute, hold_until, public_page
from foundation.pages.languages import foreign


@public_page
def condition(request: HttpRequest, slug: str) -> HttpResponse:
    """The live edition in the reader's language; where there is none, the English one, which says so. 410 once withdrawn."""
    try:
        editions, withdrawn = page_context.live_and_withdrawn(slug)
    except Http404:
        return _withdrawn(request, slug)
    context = page_context.public_context(page_context.best(editions), editions.get(FALLBACK))
    edition = context["edition"]
    alternates = [(language, translate_url(request.path, language)) for language in sorted(editions)]
    context |= {
        "alternates": alternates,
        "canonical": dict(alternates)[edition.language],
        "withdrawn": withdrawn.get(edition.language),
        "structured": _describe(request, edition, context["names"], context["crumbs"]),
    }
    return hold_until(render(request, "conditions/condition.html", context), page_context.changes_at(context))


def _withdrawn(request: HttpRequest, slug: str) -> HttpResponse:
    """When and why the page was taken down, and the ways on. Raises Http404 if nothing was ever shown here."""
    ended = [row for row in publications(slug, "conditions:condition") if row.until]
    last = max(ended, key=lambda row: row.until or row.edition.changed_at).edition
    context = {
        "edition": last,
        "names": page_context.naming(last),
        "lang": foreign(last.language),
        "departments": last.condition.departments.prefetch_related("locations"),
    }
    return render(request, "conditions/withdrawn.html", context, status=410)


@public_page
def qr_code(request: HttpRequest, slug: str) -> HttpResponse:
    """The page's address as an SVG picture, for paper."""
    import qrcode.image.svg  # 1 MB, for who prints a leaflet

    edition = page_context.live_edition(slug)
    address = absolute(request, edition.condition.get_absolute_url())
    code = qrcode.make(address, image_factory=qrcode.image.svg.SvgPathFillImage)
    return HttpResponse(code.to_string(), content_type="image/svg+xml")


def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page as it would look with this edition; kept by nobody. Stands inside the admin, which lets in only staff."""
    if not request.user.has_perm("conditions.view_edition"):
        raise PermissionDenied
    edition = get_object_or_404(Edition.objects.select_related("condition", "reviewed_by"), pk=pk)
    english = Edition.objects.live().filter(condition=edition.condition_id, language=FALLBACK).first()
    with override(edition.language):
        return render(request, "admin/conditions/edition/preview.html", page_context.full_context(edition, english))


def _describe(request: HttpRequest, edition: Edition, names: Naming, crumbs: structured_data.Crumbs) -> SafeString:
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
        "about": {
            "@type": "MedicalCondition",
            "name": names.heading,
            "alternateName": names.also,
            "code": [
                {"@type": "MedicalCode", "codeValue": code.code, "codingSystem": code.get_system_display()}
                for code in edition.condition.codes.all()
            ],
        },
        "citation": [
            {
                "@type": "CreativeWork",
                "name": source.title,
                "url": source.url,
                "inLanguage": source.language,
                "datePublished": source.date,
            }
            for source in edition.sources.all()
        ],
        "breadcrumb": structured_data.trail(request, crumbs),
        "publisher": structured_data.hospital(request),
    }
    return structured_data.block(page)
