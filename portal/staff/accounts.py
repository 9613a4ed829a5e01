"""Staff accounts: made by an administrator, never by sign-up. How they sign in, and what the record keeps of it."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import wraps
from ipaddress import ip_address
from typing import Any

from allauth.account import views as account
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.base import forms
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp import views as totp
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import forms as webauthn
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.forms import BooleanField
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.http import base36_to_int
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from foundation.adminkit.idempotency import acting_once
from foundation.audit.actions import record
from foundation.privacy.limits import address, allowed, forget, network
from foundation.prose.boxes import Prose
from foundation.prose.typed import code


def keeping_the_session(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a form whose success opens a new session: pressed twice, the second answer does not take the new cookie away."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.session.is_empty():  # its number is worn out, and Django would tell the browser to forget the cookie
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return response

    return answer


# Of allauth's addresses the ones that belong to a site without sign-up and without mail to its staff.
urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("2fa/totp/activate/", acting_once(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", acting_once(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "2fa/recovery-codes/generate/", acting_once(recovery_codes.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path("2fa/authenticate/", keeping_the_session(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
ONE_TIME = "one-time link"

# Counted in our database, so that the limits hold for every worker on every machine, in fixed windows. A success takes
# back what its own network counted of it: tight is what one network may get wrong of one account, loose what all of them may, so that
# a stranger who knows a name shuts nobody out. A passkey can not be guessed, so nothing stands in its way.
WINDOW, DAY, CODE_PERIOD = timedelta(minutes=5), timedelta(days=1), timedelta(seconds=30)
WRONG_HERE, WRONG_HERE_A_DAY = 5, 50  # of one account from one network
OF_ONE_ACCOUNT_A_DAY, FROM_ONE_ADDRESS = 500, 300  # the latter in five minutes, whatever the account
SIGN_IN, AGAIN = "sign in", "prove again"


def may_try(request: HttpRequest, *, what: str, user: str) -> bool:
    """Counts a proof by somebody who is known already, by session or password. False once there were too many."""
    return allowed(request, what=f"{what} from", most=FROM_ONE_ADDRESS, per=WINDOW) and allowed(
        request, what=what, most=WRONG_HERE, per=WINDOW, who=user.casefold()
    )


def may_sign_in(request: HttpRequest, *, user: str) -> bool:
    """Counts a password for a name, which anybody can type. What its network has used up costs the account nothing."""
    here = _here(request, user)
    return (
        allowed(request, what=f"{SIGN_IN} from", most=FROM_ONE_ADDRESS, per=WINDOW)
        and allowed(request, what=SIGN_IN, most=WRONG_HERE, per=WINDOW, who=here)
        and allowed(request, what=f"{SIGN_IN}, day", most=WRONG_HERE_A_DAY, per=DAY, who=here)
        and allowed(request, what=f"{SIGN_IN}, all", most=OF_ONE_ACCOUNT_A_DAY, per=DAY, who=user.casefold())
    )


def _here(request: HttpRequest, user: str) -> str:
    return f"{network(request)} {user.casefold()}"


def is_proven(request: HttpRequest) -> bool:
    """Whether this very session was opened, or strengthened since, with a second factor or a passkey.

    On a site of this machine alone, the one-time link stands for it.
    """
    enough = {"mfa", ONE_TIME} if settings.LOCAL else {"mfa"}
    return any(row["method"] in enough for row in get_authentication_records(request, request.user))


def end_sessions(user: User, *, by: User, keep: str | None = None) -> None:
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
            return str(ip_address(address(request)))
        except ValueError:
            return "0.0.0.0"  # noqa: S104

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Instead of allauth's count, which a changed port in the `Host` header starts anew.

        Who is signed in and proves it again is counted apart, so that strangers cannot use up their attempts.
        """
        user = credentials["username"]
        known = request.user.is_authenticated
        if not (may_try(request, what=AGAIN, user=user) if known else may_sign_in(request, user=user)):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user:
            name = credentials["username"]
            forget(what=AGAIN, per=WINDOW, who=name.casefold())
            forget(what=SIGN_IN, per=WINDOW, who=_here(request, name))
            forget(what=f"{SIGN_IN}, day", per=DAY, who=_here(request, name))
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """Leaves an audit record. For what asks for a fresh proof, signing in is one."""
        super().login(request, user)
        record_authentication(request, user, "sign-in", reauthenticated=True)
        record(by=user, verb="signed in", obj=user)


class StaffSessionsAdapter(DefaultUserSessionsAdapter):
    """The page of one's own sessions."""

    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        end_sessions(context.request.user, by=context.request.user, keep=context.request.session.session_key)


class StaffMFAAdapter(DefaultMFAAdapter):
    """Draws the code for authenticator apps so that the page can show it under our policy."""

    def build_totp_svg(self, url: str) -> str:
        """Path data in a box of 100 by 100: the page draws it, since the policy allows no picture inside an address."""
        from qrcode import QRCode  # 1 MB, for who sets up a second factor

        code = QRCode(border=4)
        code.add_data(url)
        rows = code.get_matrix()
        step = 100 / len(rows)
        square = f"h{step:.3f}v{step:.3f}h-{step:.3f}z"
        dark = [(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark]
        return "".join(f"M{x * step:.3f} {y * step:.3f}{square}" for x, y in dark)

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002  allauth's word
        return gettext("Passkey %(number)d") % {"number": 1 + Authenticator.objects.filter(user=user, type=type).count()}


def _plain(typed: str) -> str:
    """A code as the app shows it in two groups, or in the digits of another keyboard."""
    return re.sub(r"[\s-]", "", code(typed))


class ActivateForm(totp_forms.ActivateTOTPForm):
    """The first code of a new authenticator app."""

    def clean_code(self) -> str:
        self.cleaned_data["code"] = _plain(self.cleaned_data["code"])
        return str(super().clean_code())


class _Counted(forms.BaseAuthenticateForm):
    def clean_code(self) -> str:
        """At most as many codes as passwords; and the app's code, which is good for half a minute, once in it."""
        user = self.user.get_username()
        if not may_try(context.request, what="code", user=user):
            raise account_adapter().validation_error("too_many_login_attempts")
        self.cleaned_data["code"] = _plain(self.cleaned_data["code"])
        given = str(super().clean_code())
        if not allowed(context.request, what="code used", most=1, per=CODE_PERIOD, who=f"{user} {given}"):
            raise mfa_adapter().validation_error("incorrect_code")
        forget(what="code", per=WINDOW, who=user.casefold())
        return given


class AuthenticateForm(_Counted, forms.AuthenticateForm):
    """The second step of signing in."""


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """A passkey rather than a mere second step, unless somebody wants less."""

    name = Prose(label=_("Name"), required=False)
    passwordless = BooleanField(
        label=_("Sign in with it alone"),
        required=False,
        initial=True,
        help_text=_("The device then asks for your fingerprint, face or PIN, and you need no password."),
    )


class ReauthenticateForm(_Counted, forms.ReauthenticateForm):
    """The code asked for once more."""


def factor_changed(signal: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Other browsers must sign in anew. Setting up a factor proves it; taking the last one away ends the proof."""
    verb = {authenticator_added: "set up", authenticator_removed: "took away"}.get(signal, "renewed")
    record(by=user, verb=f"{verb} a second factor", obj=user, type=authenticator.type)
    if signal is authenticator_added and authenticator.type in FACTORS:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    if not is_mfa_enabled(user, FACTORS):
        rest = [row for row in get_authentication_records(request, user) if row["method"] != "mfa"]
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = rest
    end_sessions(user, by=user, keep=request.session.session_key)


def factor_used(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """A recovery code is for emergencies: that one was needed stays on record, with how many are left."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        authenticator.refresh_from_db()
        record(by=user, verb="used a recovery code", obj=user, left=len(authenticator.wrap().get_unused_codes()))


class OneTimeToken(PasswordResetTokenGenerator):
    """Proof for one sign-in of one user: dead once the user has signed in, and after 24 hours."""

    key_salt = "portal.staff.accounts.OneTimeToken"
    lifetime = timedelta(hours=24)

    def check_token(self, user: User | None, token: str | None) -> bool:
        """Signature and state first, so that the time in it can be believed."""
        if not super().check_token(user, token) or not token:
            return False
        made = base36_to_int(token.partition("-")[0])
        return self._num_seconds(self._now()) - made <= self.lifetime.total_seconds()


one_time_token = OneTimeToken()
