"""What a page said before: every version that was ever shown, with its days."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from conditions import page_context
from conditions.history import Shown, shown_so_far
from conditions.views.pages import text_of
from foundation.pages.http import public_page


@public_page
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """The list, newest first."""
    history = shown_so_far(slug, "conditions:versions")
    names = page_context.naming(history[0].edition)
    context = {
        "history": history,
        "names": names,
        "lang": page_context.foreign(history[0].edition),
        "page": _page(history),
        "crumbs": _crumbs(slug, names.heading, ""),
    }
    return render(request, "conditions/versions.html", context)


@public_page
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version as it stood; 404 for what was never shown."""
    history = shown_so_far(slug, "conditions:version", number)
    shown = next((row for row in history if row.edition.number == number), None)
    if shown is None:
        raise Http404
    words = page_context.load_text(shown.edition)
    context = text_of(shown.edition, words) | {"shown": shown, "page": _page(history)}
    context["counterpart"] = reverse("conditions:versions", args=[slug])  # each language counts its own versions
    context["crumbs"] = _crumbs(slug, context["names"].heading, _("Version %(number)s") % {"number": number})
    return render(request, "conditions/version.html", context)


def _page(history: list[Shown]) -> str:
    """Today's page; "" if none of the versions is on it."""
    return history[0].edition.condition.get_absolute_url() if any(row.until is None for row in history) else ""


def _crumbs(slug: str, name: str, last: str) -> list[tuple[str, str]]:
    earlier = _("Earlier versions")
    own = [(earlier, reverse("conditions:versions", args=[slug])), (last, "")] if last else [(earlier, "")]
    page = reverse("conditions:condition", args=[slug])
    return [(_("Home"), reverse("home")), (_("Conditions"), reverse("conditions:index")), (name, page), *own]
