"""What a page said before: every version that was ever shown, with its days."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conditions import reading
from conditions.models import Condition, Edition
from conditions.views.pages import text_of
from foundation.publishing.http import Moved, public_page


@dataclass(frozen=True)
class Shown:
    """An edition and the moment (UTC) its days on the page ended; None for the one that is shown today."""

    edition: Edition
    until: datetime | None


@public_page
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """The list, newest first."""
    history = _history(slug, "conditions:versions")
    names = reading.naming(history[0].edition)
    context = {
        "history": history,
        "names": names,
        "lang": reading.foreign(history[0].edition),
        "page": _page(history),
        "crumbs": _crumbs(slug, names.heading, ""),
    }
    return render(request, "conditions/versions.html", context)


@public_page
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version as it stood; 404 for what was never shown."""
    history = _history(slug, "conditions:version", number)
    shown = next((row for row in history if row.edition.number == number), None)
    if shown is None:
        raise Http404
    reading.load_text(shown.edition)
    context = text_of(shown.edition) | {"shown": shown, "page": _page(history)}
    context["counterpart"] = reverse("conditions:versions", args=[slug])  # each language counts its own versions
    context["crumbs"] = _crumbs(slug, context["names"].heading, _("Version %(number)s") % {"number": number})
    return render(request, "conditions/version.html", context)


def _history(slug: str, view: str, *rest: int) -> list[Shown]:
    """Newest first, in the reader's language, else in English. Raises Moved for an old slug, Http404 if nothing was shown."""
    were_shown = Q(withdrawn_at=None) | Q(withdrawn_at__gt=F("publish_at"))
    found = Edition.objects.exclude(status__in=Edition.OPEN).filter(were_shown, publish_at__lte=timezone.now())
    rows = found.filter(condition__slug=slug, language__in=[get_language(), reading.FALLBACK])
    rows = (
        rows.select_related("condition", "reviewed_by").prefetch_related("condition__names").order_by("-publish_at", "-number")
    )
    own = [row for row in rows if row.language == get_language()] or list(rows)
    if not own:
        former = Condition.renamed(slug)
        if former is None:
            raise Http404
        raise Moved(reverse(view, args=[former.slug, *rest]))
    return _dated(own)


def _dated(newest_first: list[Edition]) -> list[Shown]:
    """An edition ends with its withdrawal, or when the next one that stayed takes its place."""
    rows, taken_at = [], None
    for edition in newest_first:
        rows.append(Shown(edition, edition.withdrawn_at or taken_at))
        taken_at = taken_at if edition.withdrawn_at else edition.publish_at
    return rows


def _page(history: list[Shown]) -> str:
    """Today's page; "" if none of the versions is on it."""
    return history[0].edition.condition.get_absolute_url() if any(row.until is None for row in history) else ""


def _crumbs(slug: str, name: str, last: str) -> list[tuple[str, str]]:
    earlier = _("Earlier versions")
    own = [(earlier, reverse("conditions:versions", args=[slug])), (last, "")] if last else [(earlier, "")]
    page = reverse("conditions:condition", args=[slug])
    return [(_("Home"), reverse("home")), (_("Conditions"), reverse("conditions:index")), (name, page), *own]
