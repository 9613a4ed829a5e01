"""What is said while the database does not answer or takes nothing: kindly, soon, and with everything kept that somebody typed.

Needs neither the database nor the session, and logs nothing of what was sent.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.template.loader import render_to_string
from django.urls import resolve
from django.utils import translation

from appointments.forms.private_page import LostLink, Unlock
from appointments.views.private_actions import ACTIONS
from appointments.wizard import FORMS
from conditions.forms import Feedback
from portal.views import errors

RETRY_AFTER = 10  # seconds
ASKED: dict[str, type[forms.Form]] = {
    "appointments:find": LostLink,
    "appointments:unlock": Unlock,
    "conditions:feedback": Feedback,
    **{f"appointments:{name}": action for name, action in ACTIONS.items()},
}
Rows = list[tuple[Any, str]]


def unavailable(request: HttpRequest) -> HttpResponse:
    """503. What was posted comes back, shown and in a form that sends it to the same address again."""
    request.__dict__.pop("session", None)  # or its middleware would try to store it
    with translation.override(errors.language_of(request)):
        context = _kept(request) if request.method == "POST" else {}
        context |= errors.context(request) | {"staff": _is_staff(request), "posted": request.method == "POST"}
        page = render_to_string("portal/unavailable.html", context)
    headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store", "Referrer-Policy": "strict-origin"}
    return HttpResponse(page, status=503, headers=headers)


def _kept(request: HttpRequest) -> dict[str, Any]:
    """What was typed; nothing that somebody else's page sent here, and no secrets: passwords and codes are typed again."""
    view, sent = _view(request)
    if sent is None or request.path_info.startswith("/accounts/") or not _is_ours(request):
        return {"asking": view.startswith("appointments:")}
    fields = [(name, text) for name, texts in sent.lists() for text in texts if not _is_secret(name)]
    form = _form(request, view)
    return {
        "asking": view.startswith("appointments:"),
        "again": request.get_full_path(),
        "csrf_token": get_token(request),
        "fields": fields,
        "rows": list(_told(form, sent)) if form else [("", text) for _name, text in fields if " " in text],
        "files": bool(request.FILES),
    }


def _view(request: HttpRequest) -> tuple[str, QueryDict | None]:
    """The name of the view ("" for an address that leads nowhere), and what was sent, if it can be read."""
    try:
        sent = request.POST
    except (RequestDataTooBig, TooManyFilesSent, MultiPartParserError, OSError):
        sent = None
    try:
        return resolve(request.path_info).view_name, sent
    except Http404:
        return "", sent


def _is_ours(request: HttpRequest) -> bool:
    """Whether the form was on a page of this site: else a stranger's words would get a button with our proof of origin."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    return CsrfViewMiddleware(lambda _request: HttpResponse()).process_view(request, unavailable, (), {}) is None


def _is_secret(name: str) -> bool:
    return name == "csrfmiddlewaretoken" or "password" in name


def _is_staff(request: HttpRequest) -> bool:
    return request.path_info.startswith(("/admin/", "/accounts/"))


def _form(request: HttpRequest, view: str) -> type[forms.Form] | None:
    if view == "appointments:step":
        return FORMS.get(resolve(request.path_info).kwargs["step"])
    return ASKED.get(view)


def _told(form: type[forms.Form], sent: QueryDict) -> Iterator[tuple[Any, str]]:
    """(question, answer) of what can be said in words without looking anything up."""
    for name, field in form.base_fields.items():
        if isinstance(field, forms.BooleanField | forms.ModelChoiceField):
            continue
        parts = getattr(field.widget, "widgets_names", [""])
        texts = [text for part in parts for text in sent.getlist(f"{name}{part}") if text.strip()]
        labels: dict[str, Any] = dict(getattr(field, "choices", ()))
        words = [str(labels.get(text, text)) for text in texts]
        if words:
            yield field.label, (", " if labels else " ").join(words)
