"""What a page said before: every version that was ever shown, with its days."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from conditions import page_context
from conditions.history import Publication, publications
from foundation.pages.http import hold_until, public_page


@public_page
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    history = publications(slug, "conditions:versions")
    names = page_context.naming(history[0].edition)
    context = {
        "history": history,
        "names": names,
        "lang": page_context.foreign(history[0].edition.language),
        "page": _page(history),
        "crumbs": [*_page_crumbs(slug, names.heading), (_("Earlier versions"), "")],
    }
    return render(request, "conditions/versions.html", context)


@public_page
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    history = publications(slug, "conditions:version", number)
    publication = next((row for row in history if row.edition.number == number), None)
    if publication is None:
        raise Http404
    context = page_context.text_context(publication.edition)
    versions_page = reverse("conditions:versions", args=[slug])
    last = (_("Version %(number)s") % {"number": number}, "")
    context |= {
        "publication": publication,
        "page": _page(history),
        "counterpart": versions_page,  # each language counts its own versions
        "crumbs": [*_page_crumbs(slug, context["names"].heading), (_("Earlier versions"), versions_page), last],
    }
    return hold_until(render(request, "conditions/version.html", context), page_context.changes_at(context))


def _page(history: list[Publication]) -> str:
    """Today's page; "" if none of the versions is on it."""
    return history[0].edition.condition.get_absolute_url() if any(row.until is None for row in history) else ""


def _page_crumbs(slug: str, name: str) -> list[tuple[str, str]]:
    return page_context.crumbs(name, reverse("conditions:condition", args=[slug]))
