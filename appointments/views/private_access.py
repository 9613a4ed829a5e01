"""The way to a private page: the secret in its address, then the child's date of birth for what is personal."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from appointments.models import Request
from directory.contact import Contact
from foundation.privacy import tokens
from foundation.privacy.keys import Unreadable

UNLOCKED = timedelta(minutes=30)  # since the last page
# Not no-referrer: with it browsers send “Origin: null” and every form here would be refused. No path ever leaves the page.
REFERRER = "strict-origin"
View = Callable[[HttpRequest, Request], HttpResponse]
log = logging.getLogger(__name__)


def private(view: View) -> Callable[..., HttpResponse]:
    """Finds the request by the secret of its address; one answer, at one cost, for every address that opens nothing."""

    @wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        rows = Request.objects.select_related("department").prefetch_related("department__locations")
        row = rows.filter(link_hash=tokens.hashed(token)).first()
        if row:
            row.link = token  # the same secret; an erased request does not hold it any more
        response = _shown(view, request, row) if row else render(request, "appointments/mine_unknown.html", status=404)
        if row and is_unlocked(request, row):
            remember(response, row)
        response.headers["Referrer-Policy"] = REFERRER
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return require_http_methods(["GET", "HEAD", "POST"])(answer)


def _shown(view: View, request: HttpRequest, row: Request) -> HttpResponse:
    """The page; where something stored does not open, the phone. The log names the column, and nothing of the family."""
    try:
        return view(request, row)
    except Unreadable as fault:
        log.exception("the private page of request %s cannot be opened: %s is unreadable", row.pk, fault.args[0])
        called = {"phone": row.department.phone, "hours": Contact.of(row.department).hours}
        return render(request, "appointments/mine_closed.html", called, status=503)


def unlocked(view: View) -> View:
    """For what is personal: leads to the page that asks for the date of birth."""

    @wraps(view)
    def answer(request: HttpRequest, row: Request) -> HttpResponse:
        return view(request, row) if is_unlocked(request, row) else redirect(address(row))

    return answer


def is_unlocked(request: HttpRequest, row: Request) -> bool:
    """Whether this browser gave the date of birth for this request within the last half hour."""
    cookie = request.get_signed_cookie(_name(row), default="", salt=_salt(row), max_age=int(UNLOCKED.total_seconds()))
    return cookie == str(row.pk) and row.erased_at is None


def remember(response: HttpResponse, row: Request) -> None:
    """Opens the details of this one request to this browser, for half an hour from now."""
    response.set_signed_cookie(
        _name(row),
        str(row.pk),
        salt=_salt(row),
        max_age=int(UNLOCKED.total_seconds()),
        httponly=True,
        secure=not settings.LOCAL,
        samesite="Lax",
    )


def address(row: Request, name: str = "mine") -> str:
    """The page of this request, or another address below it."""
    return reverse(f"appointments:{name}", args=[row.link])


def _name(row: Request) -> str:
    return f"{'' if settings.LOCAL else '__Host-'}unlocked-{row.pk}"


def _salt(row: Request) -> str:
    return f"appointments.unlocked.{row.link_hash}"
