"""Pages for when something went wrong. They say what to do next, and need neither the database nor the visitor's session."""

import logging
import sys
from typing import Any

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from portal.context import hours
from portal.server.outage import is_outage

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the address or the data sent make no sense to us; the host itself may be a wrong one.

    503 where a session could not be stored: Django takes it for one that was ended meanwhile.
    """
    if isinstance(exception, SessionInterrupted) and is_outage(exception):
        return _unavailable(request)
    return _help(request, "portal/error_400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _help(request, "portal/error_403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that lost its proof of origin, as old tabs do."""
    return _help(request, "portal/error_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: never, was taken down, or not for this visitor; the page does not tell which."""
    return _help(request, "portal/error_404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 where it is the database that failed. If not even the page can be made, its words alone."""
    try:
        if is_outage(sys.exc_info()[1]):
            return _unavailable(request)
        return _help(request, "portal/error_500.html", 500)
    except Exception:
        logger.exception("the error page itself failed")
        words = _("Something went wrong on our side. Call us: %(phone)s") % {"phone": settings.SITE_PHONE}
        return HttpResponse(words, status=500, content_type="text/plain; charset=utf-8")


def _unavailable(request: HttpRequest) -> HttpResponse:
    from portal.views.unavailable import unavailable  # which stands on this module

    return unavailable(request)


def _help(request: HttpRequest, template: str, status: int) -> HttpResponse:
    with translation.override(language_of(request)):
        return HttpResponse(render_to_string(template, context(request)), status=status)


def language_of(request: HttpRequest) -> str:
    """The language of the address."""
    return translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE


def context(request: HttpRequest) -> dict[str, Any]:
    """What the frame of a page needs, without the context processors, one of which may be what failed."""
    language = language_of(request)
    return {
        "request": request,
        "site_name": settings.SITE_NAME,
        "site_tagline": settings.SITE_TAGLINE,
        "site_phone": settings.SITE_PHONE,
        "site_hours": hours(),
        "emergency_phone": settings.EMERGENCY_PHONE,
        "LANGUAGE_CODE": language,
        "LANGUAGE_BIDI": translation.get_language_info(language)["bidi"],
    }
