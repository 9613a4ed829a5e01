"""The browsers that somebody signed in with before: what strangers get wrong elsewhere does not count against them.

The known way of “device cookies” (OWASP, Slow Down Online Guessing Attacks with Device Cookies): a whole sign-in, second factor and all, leaves a
signed number in the browser. Wrong passwords sent with it count against that number alone, so that it helps a thief to no more
guesses than any other network has. It signs nobody in, and only `/accounts/` is sent it.
"""

from datetime import timedelta
from secrets import token_urlsafe

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

KEPT = timedelta(days=60)  # after the last sign-in with it
SALT = "portal.staff.devices"


def device_of(request: HttpRequest, user: str) -> str:
    """The number that a sign-in by the name `user` left in this browser, or ""."""
    try:
        name, number = signing.loads(request.COOKIES.get(_cookie(user), ""), salt=SALT, max_age=KEPT)
    except (signing.BadSignature, TypeError, ValueError):
        return ""
    return str(number) if name == user.casefold() else ""


def remember_device(request: HttpRequest, response: HttpResponse, user: str) -> None:
    """A number of its own for each account, since desks are shared; the one that is there is kept."""
    value = signing.dumps([user.casefold(), device_of(request, user) or token_urlsafe(16)], salt=SALT)
    response.set_cookie(
        _cookie(user),
        value,
        max_age=KEPT,
        path="/accounts/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _cookie(user: str) -> str:
    prefix = "__Secure-" if settings.SESSION_COOKIE_SECURE else ""
    return f"{prefix}device-{salted_hmac(SALT, user.casefold()).hexdigest()[:10]}"
