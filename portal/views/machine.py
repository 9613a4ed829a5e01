"""What search engines, browsers, security researchers and monitors ask for."""

import logging
from datetime import UTC, timedelta
from functools import partial
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.sitemaps.views import index as sitemap_index, sitemap as django_sitemap
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST

from foundation.pages.http import absolute, public_page
from foundation.pages.registry import ListSitemap, registered
from foundation.privacy.key_holders import announce, is_due
from portal.health.exposition import metrics as metrics_text
from portal.health.readiness import report
from portal.pagecache.content_version import database_answers
from portal.server.outage import write_if_possible


def sitemaps() -> dict[str, Any]:
    """By kind; first home and the pages that list others."""
    contents = registered()
    lists = ListSitemap(["home", *(name for content in contents for name in content.lists)])
    return {"lists": lists} | {content.kind: content.sitemap() for content in contents if content.sitemap}


logger = logging.getLogger(__name__)


@public_page
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page a visitor may read now, with its other languages (sitemaps.org 0.9); of a large site, an index of its parts."""
    parts = sitemaps()
    if any(part.paginator.num_pages > 1 for part in parts.values()):
        return sitemap_index(request, parts, sitemap_url_name="sitemap_part")
    return django_sitemap(request, parts)


@public_page(query=("p",))
def sitemap_part(request: HttpRequest, section: str) -> HttpResponse:
    return django_sitemap(request, sitemaps(), section=section)


@public_page
def robots(request: HttpRequest) -> HttpResponse:
    """RFC 9309. Searches are left out, since there is no end to them, and drafts."""
    homes = [translate_url(reverse("home"), code) for code, _name in settings.LANGUAGES]
    paths = ["/admin/", "/accounts/", *(f"{home}{room}/" for room in ("search", "drafts") for home in homes)]
    closed = [f"Disallow: {path}" for path in paths]
    lines = ["User-agent: *", *closed, "", f"Sitemap: {absolute(request, reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@public_page
def opensearch(request: HttpRequest) -> HttpResponse:
    """OpenSearch 1.1, so that a browser can search here from its address bar; its short name holds 16 characters."""
    context = {
        "short_name": settings.SITE_NAME[:16].strip(),
        "search": absolute(request, reverse("search")),
        "favicon": absolute(request, reverse("favicon")),
        "itself": absolute(request, reverse("opensearch")),
    }
    return render(request, "portal/opensearch.xml", context, "application/opensearchdescription+xml")


@public_page
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116. It is made anew with every answer, so it cannot expire (UTC, at midnight, so that it changes once a day)."""
    expires = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=180)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(code for code, _name in settings.LANGUAGES)}",
        f"Canonical: {absolute(request, reverse('security_txt'))}",
        *([f"Policy: {settings.SECURITY_POLICY}"] if settings.SECURITY_POLICY else []),
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it here, whatever the pages say."""
    icon = settings.BASE_DIR / "static" / "img" / "favicon.ico"
    return HttpResponse(icon.read_bytes(), content_type="image/x-icon", headers={"Cache-Control": "public, max-age=86400"})


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether pages can be made: 503 if the database does not answer. The body tells the rest (`portal.health.readiness`).

    Raises Http404 for anyone but this machine and its monitor.
    """
    if not _may_ask(request):
        raise Http404
    try:
        lines = list(report()) if database_answers() else []
        ready = database_answers()
    except (DatabaseError, OSError):
        logger.exception("the database does not answer")
        lines, ready = [], False
    if not ready:
        return HttpResponse("database down\n", status=503, content_type="text/plain")
    if is_due():
        write_if_possible("the names of our keys", partial(announce, "web"))
    return HttpResponse("\n".join(["ok", *lines, ""]), content_type="text/plain")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """OpenMetrics 1.0, for a monitor that draws curves and alarms. Raises Http404 as `readyz` does."""
    if not _may_ask(request):
        raise Http404
    return HttpResponse(metrics_text(), content_type=CONTENT_TYPE_LATEST)


def _may_ask(request: HttpRequest) -> bool:
    """Asked from this machine itself and not through a proxy on it, or with `Authorization: Bearer READYZ_TOKEN`."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.READYZ_TOKEN and constant_time_compare(given, settings.READYZ_TOKEN):
        return True
    asker = request.META.get("REMOTE_ADDR") or "::"
    return "X-Forwarded-For" not in request.headers and ip_address(asker).is_loopback
