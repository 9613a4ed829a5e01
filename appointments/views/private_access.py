"""The way to a private page: the secret in its address, then the child's date of birth for what is personal.

Only wrong dates count as tries, for one request, wherever they come from: many families may share one address.
"""

import logging
from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_http_methods

from appointments.actions.transitions import FAMILY
from appointments.models import Request
from directory.contact import Contact
from foundation.audit.actions import record
from foundation.privacy import limits, tokens
from foundation.privacy.keys import Unreadable

UNLOCKED = timedelta(minutes=30)  # since the last page
MOST_WRONG, HOUR = 5, timedelta(hours=1)
MOST_WRONG_EVER = 30  # of one link: a day of birth is one of some 6,000, or of some 300 for who knows how old the child is
# Not no-referrer: with it browsers send “Origin: null” and every form here would be refused. No path ever leaves the page.
REFERRER = "strict-origin"
View = Callable[[HttpRequest, Request], HttpResponse]
log = logging.getLogger(__name__)


def private(view: View) -> Callable[..., HttpResponse]:
    """Finds the request by the secret of its address; one answer, at one cost, for every address that opens nothing."""

    @wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        rows = Request.objects.select_related("department").prefetch_related("department__locations")
        if row := rows.filter(link_hash=tokens.hashed(token)).first():
            row.link = token  # the same secret; an erased request does not hold it any more
            response = _show(view, request, row)
        else:
            response = render(request, "appointments/private_unknown.html", status=404)
        if row and is_unlocked(request, row):
            remember_unlock(response, row)
        response.headers["Referrer-Policy"] = REFERRER
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return require_http_methods(["GET", "HEAD", "POST"])(answer)


def _show(view: View, request: HttpRequest, row: Request) -> HttpResponse:
    """The page; where something stored does not open, the phone. The log names the column, and nothing of the family."""
    try:
        return view(request, row)
    except Unreadable as fault:
        log.exception("the private page of request %s cannot be opened: %s is unreadable", row.pk, fault.args[0])
        context = {"phone": row.department.phone, "hours": Contact.of(row.department).hours}
        return render(request, "appointments/private_closed.html", context, status=503)


def needs_unlock(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, row: Request) -> HttpResponse:
        return view(request, row) if is_unlocked(request, row) else redirect(address(row))

    return answer


def is_unlocked(request: HttpRequest, row: Request) -> bool:
    cookie = request.get_signed_cookie(_cookie(row), default="", salt=_salt(row), max_age=int(UNLOCKED.total_seconds()))
    return cookie == str(row.pk) and row.erased_at is None


def remember_unlock(response: HttpResponse, row: Request) -> None:
    response.set_signed_cookie(
        _cookie(row),
        str(row.pk),
        salt=_salt(row),
        max_age=int(UNLOCKED.total_seconds()),
        httponly=True,
        secure=not settings.LOCAL,
        samesite="Lax",
    )


def address(row: Request, name: str = "private_page") -> str:
    return reverse(f"appointments:{name}", args=[row.link])


def addresses(row: Request, *names: str) -> dict[str, str]:
    """By name; the link is opened once for all."""
    link = row.link
    return {name: reverse(f"appointments:{name}", args=[link]) for name in names}


def _cookie(row: Request) -> str:
    return f"{'' if settings.LOCAL else '__Host-'}unlocked-{row.pk}"


def _salt(row: Request) -> str:
    return f"appointments.unlocked.{row.link_hash}"


def count_try(request: HttpRequest, row: Request) -> bool:
    """Counts a try and tells whether it is allowed; `check_date` takes a right one back."""
    return limits.allowed(request, what="unlock", most=MOST_WRONG, per=HOUR, who=row.link_hash)


@transaction.atomic
def check_date(row: Request, born: date) -> bool:
    """Whether it is the date that the family gave. Either way it stays on record."""
    if constant_time_compare(born.isoformat(), row.child_born):
        limits.forget(what="unlock", per=HOUR, who=row.link_hash)
        record(by=FAMILY, verb="opened the page of", obj=row)
        return True
    Request.objects.filter(pk=row.pk).update(wrong_dates=F("wrong_dates") + 1)
    record(by="somebody with the link", verb="gave a wrong date of birth for", obj=row)
    return False
