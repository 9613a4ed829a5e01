"""Who passes into the admin: a session that is alive, and that was itself opened with a second factor."""

from time import time
from typing import Any
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import BadRequest
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from portal.middleware import Next
from portal.server.outage import impatient, is_outage
from portal.staff.sign_in import is_proven, may_enroll

BEGUN, SEEN = "begun_at", "seen_at"  # seconds since 1970, kept in the session
POLLING = "/presence/"  # what a page asks by itself ends so, and keeps nobody signed in
RENEWED_EVERY = 60  # seconds: at most one write a minute, so that the idle end is up to a minute early


def gate(get_response: Next) -> Next:
    """Stands before `/admin/` and `/accounts/`; every other page knows nothing of sessions."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(("/admin/", "/accounts/")):
            return get_response(request)
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest  # no text in PostgreSQL can be compared with this one character
        if request.user.is_authenticated:
            if seconds_left(request.session) <= 0:
                logout(request)
            elif not request.path_info.endswith(POLLING):
                _renew(request)
        return _turned_away(request) or get_response(request)

    return answer


def seconds_left(session: Any) -> int:
    """Until the session ends: by idleness, or because it is as old as a session may be. A new one has its whole time."""
    now = time()
    ends = session.get(SEEN, now) + settings.SESSION_COOKIE_AGE, session.get(BEGUN, now) + settings.STAFF_SESSION_AGE
    return int(min(ends) - now)


def _renew(request: HttpRequest) -> None:
    """Where nothing can be written, reading goes on; the session ends in its time."""
    now = time()
    if now - request.session.get(SEEN, 0) < RENEWED_EVERY:
        return
    before = dict(request.session.items())
    request.session[SEEN] = now
    request.session.setdefault(BEGUN, now)
    try:
        with impatient(), transaction.atomic():
            request.session.save()
            UserSession.objects.create_from_request(request)
    except (DatabaseError, UpdateError) as fault:
        if not is_outage(fault):
            raise SessionInterrupted from fault  # it was ended meanwhile
        request.session.clear()
        request.session.update(before)
    request.session.modified = False  # nothing to store any more


def _turned_away(request: HttpRequest) -> HttpResponse | None:
    path = request.path_info
    inside = path.startswith("/admin/") and path not in {reverse("admin:login"), reverse("admin:logout")}
    if request.user.is_anonymous:
        return _to("account_login", _page(request)) if inside else None
    enrolls = path in {reverse("mfa_activate_totp"), reverse("mfa_add_webauthn")}
    closed = inside or path == reverse("usersessions_list")
    opens = may_enroll(request) if enrolls else not closed or is_proven(request)
    return _to("second_factor", _page(request)) if request.user.is_staff and not opens else None


def _page(request: HttpRequest) -> str:
    """The page that somebody was on: what was sent came from a form, whose own address may not be one to open."""
    sent_from = urlsplit(request.headers.get("Referer", ""))
    if request.method == "POST" and sent_from.netloc == request.get_host() and sent_from.path.startswith("/admin/"):
        return sent_from.path + (f"?{sent_from.query}" if sent_from.query else "")
    return request.get_full_path()


def _to(name: str, page: str) -> HttpResponse:
    return redirect(f"{reverse(name)}?{urlencode({'next': page})}")
