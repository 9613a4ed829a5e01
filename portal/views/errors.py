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

from foundation.prose.text import PhoneNumber
from foundation.request_id import META
from portal.context import error_page, language_of
from portal.server.outage import is_outage
from portal.views.unavailable import unavailable

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The address or the data sent make no sense to us; the host itself may be a wrong one.

    503 where a session could not be stored: Django takes it for one that was ended meanwhile.
    """
    if isinstance(exception, SessionInterrupted) and is_outage(exception):
        return unavailable(request)
    return _help(request, "portal/error_400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Beside Django's line with the address, the log names who it was, where that was looked up already."""
    session = getattr(request, "session", None)
    if session and session.accessed and request.user.is_authenticated:
        logger.warning("account %s was refused", request.user.pk)
    return _help(request, "portal/error_403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For a form that lost its proof of origin, as old tabs do; or never had one, because the browser keeps no cookies."""
    return _help(request, "portal/error_csrf.html", 403, cookies=settings.CSRF_COOKIE_NAME in request.COOKIES)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Never, was taken down, or not for this visitor; the page does not tell which."""
    return _help(request, "portal/error_404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """503 where it is the database that failed. If not even the page can be made, its words alone."""
    try:
        if is_outage(sys.exc_info()[1]):
            return unavailable(request)
        return _help(request, "portal/error_500.html", 500)
    except Exception:
        logger.exception("the error page itself failed")
        words = _("Something went wrong on our side. Call us: %(phone)s") % {"phone": PhoneNumber(settings.SITE_PHONE)}
        return HttpResponse(
            f"{words}\n{request.META.get(META, '').upper()}".strip(), status=500, content_type="text/plain; charset=utf-8"
        )


def _help(request: HttpRequest, template: str, status: int, **more: Any) -> HttpResponse:
    with translation.override(language_of(request)):
        return HttpResponse(render_to_string(template, error_page(request) | more), status=status)
