"""How staff sign in: how often they may try, what counts as proof of who they are, and what the record keeps of it.

Accounts are made by an administrator, never by sign-up.
"""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import wraps
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import CommonPasswordValidator, MinimumLengthValidator
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.http import base36_to_int
from django.utils.translation import gettext as _

from foundation.audit.actions import record
from foundation.privacy.limits import address, allowed, forget, network
from foundation.workflow import Who

KEPT = timedelta(days=60)  # after the last sign-in with it
SALT = "portal.staff.sign_in"


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


ONE_TIME = "one-time link"
MAY_ENROLL = "may enroll"  # kept as a proof of the session beside allauth's own, see `may_enroll`

# Counted in our database, so that the limits hold for every worker on every machine, in fixed windows. A success takes
# back what its own network counted of it: tight is what one network may get wrong of one account, loose what all of them
# may, so that a stranger who knows a name shuts nobody out. A browser that the account was used in before is counted by
# itself (`devices`), so that neither a botnet nor a stranger behind the hospital's own address stands in its way; nor in
# that of a passkey, which cannot be guessed.
WINDOW, DAY = timedelta(minutes=5), timedelta(days=1)
WRONG_HERE, WRONG_HERE_A_DAY = 5, 50  # of one account from one network
OF_ONE_ACCOUNT_A_DAY, FROM_ONE_ADDRESS = 500, 300  # the latter in five minutes, whatever the account
SIGN_IN, AGAIN = "sign in", "prove again"
log = logging.getLogger(__name__)


def may_try(request: HttpRequest, *, what: str, user: str) -> bool:
    """Counts a proof by somebody whom session or password names already. False once there were too many."""
    return allowed(request, what=f"{what} from", most=FROM_ONE_ADDRESS, per=WINDOW) and allowed(
        request, what=what, most=WRONG_HERE, per=WINDOW, who=user.casefold()
    )


def may_sign_in(request: HttpRequest, *, user: str) -> bool:
    """Counts a password for a name, which anybody can type. What its network has used up costs the account nothing."""
    if device_of(request, user):
        return _within_own(request, user)
    return (
        allowed(request, what=f"{SIGN_IN} from", most=FROM_ONE_ADDRESS, per=WINDOW)
        and _within_own(request, user)
        and allowed(request, what=f"{SIGN_IN}, all", most=OF_ONE_ACCOUNT_A_DAY, per=DAY, who=user.casefold())
    )


def _within_own(request: HttpRequest, user: str) -> bool:
    here = _here(request, user)
    return allowed(request, what=SIGN_IN, most=WRONG_HERE, per=WINDOW, who=here) and allowed(
        request, what=f"{SIGN_IN}, day", most=WRONG_HERE_A_DAY, per=DAY, who=here
    )


def _here(request: HttpRequest, user: str) -> str:
    """Where wrong passwords of this account count: a browser that it was used in before, else the network."""
    return f"{device_of(request, user) or network(request)} {user.casefold()}"


def is_proven(request: HttpRequest) -> bool:
    """Whether this very session was opened, or strengthened since, with a second factor or a passkey.

    On a site of this machine alone, the one-time link stands for it.
    """
    enough = {"mfa", ONE_TIME} if settings.LOCAL else {"mfa"}
    return any(row["method"] in enough for row in get_authentication_records(request, request.user))


def may_enroll(request: HttpRequest) -> bool:
    """Whether a second factor may be set up here: by who has one, came by an invitation, or has just taken theirs away.

    A password alone is not enough: whoever guessed it would choose the factor.
    """
    return is_proven(request) or any(row["method"] == MAY_ENROLL for row in get_authentication_records(request, request.user))


def end_sessions(user: User, *, by: Who, keep: str | None = None) -> None:
    """Signs `user` out everywhere, but for the session with the key `keep`."""
    ended = [session for session in UserSession.objects.filter(user=user) if session.session_key != keep]
    for session in ended:
        session.end()
    if ended:
        record(by=by, verb="signed out elsewhere", obj=user, sessions=len(ended))


class StaffAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        try:
            return str(ip_address(address(request)))  # as our own limits see it
        except ValueError:
            return "0.0.0.0"  # noqa: S104

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        # Instead of allauth's count, which a changed port in the `Host` header starts anew. Who is signed in and proves it
        # again is counted apart, so that strangers cannot use up their attempts.
        user = credentials["username"]
        again = request.user.is_authenticated
        if not (may_try(request, what=AGAIN, user=user) if again else may_sign_in(request, user=user)):
            log.warning("too many passwords were tried")
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user:  # a right password leaves only the wrong ones counted
            name = credentials["username"]
            forget(what=AGAIN, per=WINDOW, who=name.casefold())
            forget(what=SIGN_IN, per=WINDOW, who=_here(request, name))
            forget(what=f"{SIGN_IN}, day", per=DAY, who=_here(request, name))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The log names a known account by its number: what was typed for a name may be a password."""
        account = User.objects.filter(username=credentials["username"]).values_list("pk", flat=True).first()
        log.warning("a wrong password for %s", f"account {account}" if account else "no account of ours")

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        record_authentication(request, user, "sign-in", reauthenticated=True)  # for what asks for a fresh proof
        record(by=user, verb="signed in", obj=user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """After the second factor, where there is one."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_device(request, response, user.get_username())
        return response


class StaffSessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        end_sessions(context.request.user, by=context.request.user, keep=context.request.session.session_key)


def keep_new_session(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a form whose success opens a new session: pressed twice, the second answer does not take the new cookie away."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.session.is_empty():  # its number is worn out, and Django would tell the browser to forget the cookie
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return response

    return answer


def renew_session(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a form that asks for a fresh proof: after it the session goes on under a new key, and the old one opens nothing."""

    @keep_new_session
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        before = get_authentication_records(request, request.user)
        response = view(request, *args, **kwargs)
        if get_authentication_records(request, request.user) != before:
            listed = UserSession.objects.filter(session_key=request.session.session_key)
            request.session.cycle_key()
            listed.update(session_key=request.session.session_key)
        return response

    return answer


class OneTimeToken(PasswordResetTokenGenerator):
    """Proof for one sign-in of one user: dead once the user has signed in, and after 24 hours."""

    key_salt = "portal.staff.sign_in.OneTimeToken"
    lifetime = timedelta(hours=24)

    def check_token(self, user: User | None, token: str | None) -> bool:
        if not super().check_token(user, token) or not token:  # first, so that the time in it can be believed
            return False
        made = base36_to_int(token.partition("-")[0])
        return self._num_seconds(self._now()) - made <= self.lifetime.total_seconds()


one_time_token = OneTimeToken()


class CommonPairsValidator(CommonPasswordValidator):
    """Neither a common password nor two in a row: by themselves few are as long as ours must be."""

    def validate(self, password: str, user: User | None = None) -> None:
        plain = password.lower().strip()
        if any(self.passwords.issuperset({plain[:at], plain[at:]}) for at in range(1, len(plain))):
            raise ValidationError(self.get_error_message(), "password_too_common")
        super().validate(password, user)


# What a guesser tries first here, beside the names of the site and the host.
WORDS = "admin appointment child children clinic coordinator department doctor editor hospital nurse password pediatric portal reviewer"


class OwnWordsValidator(MinimumLengthValidator):
    """At least `min_length` characters beside such words, and beside years."""

    def validate(self, password: str, user: User | None = None) -> None:
        own = f"{WORDS} {settings.SITE_NAME} {settings.SITE_TAGLINE} {' '.join(settings.ALLOWED_HOSTS)}".casefold()
        words = sorted({word for word in re.findall(r"\w+", own) if len(word) > 3}, key=len, reverse=True)
        rest = re.sub("|".join(map(re.escape, [*words, *map(str, range(1900, 2100))])), "", password.casefold())
        if len(rest) < self.min_length:
            raise ValidationError(
                _("Words of this site and years can be guessed. Add at least %(least)s other characters."),
                "own_words",
                {"least": self.min_length},
            )

    def get_help_text(self) -> str:
        return _("Beside words of this site and years it needs at least %(least)s other characters.") % {
            "least": self.min_length
        }
