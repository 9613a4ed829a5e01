"""Pages for when something went wrong. They say what to do next, and need neither the database nor the visitor's session."""

import logging
import sys
from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.template.loader import render_to_string
from django.urls import ResolverMatch, resolve
from django.utils import translation
from django.utils.translation import gettext as _

from appointments.forms.private_page import LostLink, Unlock
from appointments.views.private_actions import ACTIONS
from appointments.wizard import FORMS
from conditions.forms import FeedbackForm
from foundation.prose.text import PhoneNumber
from foundation.request_id import META
from portal.context import error_page, language_of
from portal.server.outage import is_outage

RETRY_AFTER = 10  # seconds
STAFF = ("/admin/", "/accounts/")
FORMS_BY_VIEW: dict[str, type[forms.Form]] = {
    "appointments:find": LostLink,
    "appointments:unlock": Unlock,
    "conditions:feedback": FeedbackForm,
    **{f"appointments:{name}": action for name, action in ACTIONS.items()},
}


def unavailable(request: HttpRequest) -> HttpResponse:
    """503. What was posted comes back, shown and in a form that sends it to the same address again."""
    request.__dict__.pop("session", None)  # or its middleware would try to store it
    with translation.override(language_of(request)):
        posted = request.method == "POST"
        context = error_page(request) | {"staff": request.path_info.startswith(STAFF), "posted": posted}
        page = render_to_string("portal/unavailable.html", context | (_typed_words(request) if posted else {}))
    headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store", "Referrer-Policy": "strict-origin"}
    return HttpResponse(page, status=503, headers=headers)


def _typed_words(request: HttpRequest) -> dict[str, Any]:
    """What was typed; nothing that somebody else's page sent here, and no secrets: passwords and codes are typed again."""
    sent, match = _sent(request), _match(request)
    view = match.view_name if match else ""
    context: dict[str, Any] = {"asking": view.startswith("appointments:")}
    if sent is None or request.path_info.startswith("/accounts/") or not _is_ours(request):
        return context
    form = FORMS.get(match.kwargs["step"]) if match and view == "appointments:step" else FORMS_BY_VIEW.get(view)
    told = [(name, texts) for name, texts in sent.lists() if name != "csrfmiddlewaretoken" and "password" not in name]
    fields = [(name, text) for name, texts in told for text in texts]
    return context | {
        "again": request.get_full_path(),
        "csrf_token": get_token(request),
        "fields": fields,
        "rows": list(_answers(form, sent)) if form else [("", text) for _name, text in fields if " " in text],
        "files": bool(request.FILES),
    }


def _sent(request: HttpRequest) -> QueryDict | None:
    """None for what cannot be read."""
    try:
        return request.POST
    except (RequestDataTooBig, TooManyFilesSent, MultiPartParserError, OSError):
        return None


def _match(request: HttpRequest) -> ResolverMatch | None:
    """None for an address that leads nowhere."""
    try:
        return resolve(request.path_info)
    except Http404:
        return None


def _is_ours(request: HttpRequest) -> bool:
    """Whether the form was on a page of this site: else a stranger's words would get a button with our proof of origin."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    return CsrfViewMiddleware(lambda _request: HttpResponse()).process_view(request, unavailable, (), {}) is None


def _answers(form: type[forms.Form], sent: QueryDict) -> Iterator[tuple[Any, str]]:
    """(question, answer) of what can be said in words without looking anything up."""
    for name, field in form.base_fields.items():
        if field.widget.is_hidden or isinstance(field, forms.BooleanField | forms.ModelChoiceField):
            continue
        parts = getattr(field.widget, "widgets_names", [""])
        texts = [text for part in parts for text in sent.getlist(f"{name}{part}") if text.strip()]
        labels: dict[str, Any] = dict(getattr(field, "choices", ()))
        words = [str(labels.get(text, text)) for text in texts]
        if words:
            yield field.label, (", " if labels else " ").join(words)


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
