from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, translate_url
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext as _

from directory.contact import Contact
from directory.models import Department, Location
from directory.states import STATES
from foundation.pages.http import Moved, absolute, find, public_page
from foundation.pages.structured_data import Crumbs, block, hospital, list_context, trail
from foundation.prose.text import safe_html
from guides.models import FALLBACK, Guide, GuideText, Notice, address_of


@public_page
def index(request: HttpRequest) -> HttpResponse:
    texts = [guide.text_in(_language()) for guide in Guide.objects.readable(_language())]
    return render(request, "guides/index.html", {"texts": texts, **list_context(request, _("Before your visit"))})


@public_page
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    row = find(Guide.objects.readable(_language()), slug)
    text = row.text_in(_language())
    crumbs = [*_above(), (text.title, "")]
    changed_at = max(row.changed_at, row.publish_at)
    context = {
        "guide": row,
        "text": text,
        "html": safe_html(text.text, under_title=True),
        "facts": FACTS[row.shows]() if row.shows else None,
        "crumbs": crumbs,
        "canonical": translate_url(row.get_absolute_url(), text.language),
        "alternates": [(own.language, translate_url(request.path, own.language)) for own in row.texts.all()],
        "structured": _describe(request, text, changed_at, crumbs, text.summary),
    }
    return render(request, "guides/guide.html", context)


@public_page
def notice(request: HttpRequest, kind: str) -> HttpResponse:
    """A notice that stands elsewhere leads there. Of one that is not written yet it is said how to get it."""
    if kind not in Notice.Kind.values:
        raise Http404
    if kind == Notice.Kind.LANGUAGE_HELP:
        raise Moved(address_of(kind))
    row = Notice.objects.readable(_language()).filter(kind=kind).first()
    if row is None:
        return render(request, "guides/no_notice.html", {"title": Notice.Kind(kind).label}, status=404)
    if not row.text:
        return HttpResponseRedirect(row.address)
    crumbs = [*_above(), (row.title, "")]
    context = {
        "notice": row,
        "html": safe_html(row.text, under_title=True),
        "crumbs": crumbs,
        "canonical": translate_url(row.get_absolute_url(), row.language),
        "structured": _describe(request, row, row.changed_at, crumbs),
    }
    return render(request, "guides/notice.html", context)


@public_page
def language_help(request: HttpRequest) -> HttpResponse:
    """In every language that the hospital has it in, the reader's own first."""
    rows = Notice.objects.in_force().filter(kind=Notice.Kind.LANGUAGE_HELP)
    own_first = sorted(rows, key=lambda row: (row.language != _language(), row.title.casefold()))
    notices = [(row, safe_html(row.text, under_title=True)) for row in own_first]
    context = {"notices": notices, **list_context(request, _("Language help and aids"))}
    return render(request, "guides/language_help.html", context)


@public_page
def well_known(request: HttpRequest, slug: str) -> HttpResponse:
    """An address that people type; while there is no such guide it leads to what is told instead."""
    if Guide.objects.readable(_language()).filter(slug=slug).exists():
        raise Moved(reverse("guides:guide", args=[slug]))
    return HttpResponseRedirect(reverse("directory:departments"))


@public_page
def well_known_notice(request: HttpRequest, kind: str) -> HttpResponse:
    raise Moved(address_of(kind))


@public_page
def price_file(request: HttpRequest) -> HttpResponse:
    """Where machines find the hospital's prices (45 CFR 180.50(d)(6))."""
    row = Notice.objects.in_force().filter(kind=Notice.Kind.PRICE_TRANSPARENCY).exclude(price_file="").first()
    if row is None:
        raise Http404
    return HttpResponse(f"{row.price_file}\n", content_type="text/plain; charset=utf-8")


def _describe(
    request: HttpRequest, text: GuideText | Notice, changed_at: datetime, crumbs: Crumbs, description: str = ""
) -> SafeString:
    page = {
        "@type": "WebPage",
        "name": text.title,
        "description": description,
        "url": absolute(request, request.path),
        "inLanguage": text.language,
        "dateModified": changed_at.isoformat(),
        "publisher": hospital(request),
    }
    return block(page, trail(request, crumbs))


def _language() -> str:
    return get_language() or FALLBACK


def _above() -> Crumbs:
    return [(_("Home"), reverse("home")), (_("Before your visit"), reverse("guides:index"))]


def _seeing_by_video() -> list[tuple[Department, str]]:
    """With the states where a child may be then, in words; "" where they are not known."""
    rows = Department.objects.filter(virtual=True).prefetch_related("clinicians__licenses")
    return [(row, ", ".join(str(STATES.get(code, code)) for code in row.states)) for row in rows]


FACTS: dict[str, Callable[[], Iterable[Any]]] = {
    Guide.Shows.PLACES: Location.objects.all,
    Guide.Shows.ACCESS: Location.objects.all,
    Guide.Shows.PHONES: lambda: [Contact(row) for row in Department.objects.prefetch_related("hours", "locations")],
    Guide.Shows.VIDEO: _seeing_by_video,
    Guide.Shows.BRING: lambda: Department.objects.exclude(what_to_bring=""),
}
