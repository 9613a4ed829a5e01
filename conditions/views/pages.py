"""The page on one condition, and the code printed on it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from conditions import page_context, queries, structured_data
from conditions.history import shown_so_far
from conditions.models import Edition
from foundation.pages.http import absolute, public_page


@public_page
def condition(request: HttpRequest, slug: str) -> HttpResponse:
    """The live edition in the reader's language; where there is none, the English one, which says so. 410 once withdrawn."""
    try:
        editions, withdrawn = page_context.live_and_withdrawn(slug)
    except Http404:
        return _withdrawn(request, slug)
    edition = page_context.best(editions)
    words, near = page_context.load_page(edition)
    context = text_of(edition, words) | around(near)
    alternates = page_context.addresses("conditions:condition", slug, languages=sorted(editions))
    context |= {
        "alternates": alternates,
        "canonical": dict(alternates)[edition.language],
        "withdrawn": withdrawn.get(edition.language),
        "structured": structured_data.describe(request, edition, context["names"], context["crumbs"]),
    }
    return render(request, "conditions/condition.html", context)


def _withdrawn(request: HttpRequest, slug: str) -> HttpResponse:
    """When and why the page was taken down, and the ways on. Raises Http404 if nothing was ever shown here."""
    shown = [row for row in shown_so_far(slug, "conditions:condition") if row.until]
    last = max(shown, key=lambda row: row.until or row.edition.changed_at).edition
    names = page_context.naming(last)
    near = queries.around(last, last.language, timezone.now())
    departments = page_context.department_rows(near.departments)
    context = {"edition": last, "names": names, "lang": page_context.foreign(last), "departments": departments}
    return render(request, "conditions/withdrawn.html", context, status=410)


@public_page
def qr_code(request: HttpRequest, slug: str) -> HttpResponse:
    """The page's address as an SVG picture, for paper."""
    import qrcode  # 1 MB, for who prints a leaflet
    from qrcode.image.svg import SvgPathFillImage

    edition = page_context.best(page_context.live_editions(slug))
    address = absolute(request, edition.condition.get_absolute_url())
    code = qrcode.make(address, image_factory=SvgPathFillImage)
    return HttpResponse(code.to_string(), content_type="image/svg+xml")


def text_of(edition: Edition, words: queries.Words) -> dict[str, Any]:
    """What the templates need to show the text of any edition, live or not; `lang` is "" in the reader's own language."""
    names = page_context.naming(edition)
    sections, questions = page_context.parts(edition, words)
    contact = page_context.contact(edition.condition)
    return {
        "edition": edition,
        "condition": edition.condition,
        "names": names,
        **(contact.for_page() if contact else {}),
        "sections": sections,
        "questions": questions,
        "lang": page_context.foreign(edition),
        "crumbs": [(_("Home"), reverse("home")), (_("Conditions"), reverse("conditions:index")), (names.heading, "")],
    }


def around(near: queries.Around) -> dict[str, Any]:
    """Stories, news, who treats it, and its neighbours."""
    departments = page_context.department_rows(near.departments)
    related, not_this = page_context.linked(near.neighbours)
    return {
        "stories": page_context.story_rows(near.stories),
        "news": page_context.news_rows(near.news),
        "departments": departments,
        "by_video": [department for department in departments if department["virtual"]],
        "related": related,
        "not_this": not_this,
    }
