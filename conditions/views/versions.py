"""What a page said before: every version that was ever shown, with its days."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext as _

from conditions import page_context
from conditions.models import FALLBACK, Condition, Edition
from foundation.pages.http import Moved, hold_until, public_page
from foundation.pages.languages import foreign


@dataclass(frozen=True)
class Publication:
    """An edition and the moment (UTC) its days on the page ended; None for the one that is shown today."""

    edition: Edition
    until: datetime | None


def publications(slug: str, view: str, *rest: int) -> list[Publication]:
    """Newest first, in the reader's language, else in English. Raises Moved for an old slug, Http404 if nothing was shown."""
    was_shown = Q(withdrawn_at=None) | Q(withdrawn_at__gt=F("publish_at"))
    found = Edition.objects.exclude(status__in=Edition.OPEN).filter(was_shown, publish_at__lte=timezone.now())
    found = found.filter(condition__slug=slug, language__in=[get_language(), FALLBACK]).order_by("-publish_at", "-number")
    rows = list(found.select_related("condition", "reviewed_by").prefetch_related("condition__names"))
    if not rows:
        former = Condition.renamed(slug)
        if former is None:
            raise Http404
        raise Moved(reverse(view, args=[former.slug, *rest]))
    return _dated([row for row in rows if row.language == get_language()] or rows)


def _dated(newest_first: list[Edition]) -> list[Publication]:
    """An edition ends with its withdrawal, or when the next one that stayed takes its place."""
    rows, replaced_at = [], None
    for edition in newest_first:
        rows.append(Publication(edition, edition.withdrawn_at or replaced_at))
        replaced_at = replaced_at if edition.withdrawn_at else edition.publish_at
    return rows


@public_page
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    history = publications(slug, "conditions:versions")
    names = page_context.naming(history[0].edition)
    context = {
        "history": history,
        "names": names,
        "lang": foreign(history[0].edition.language),
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
