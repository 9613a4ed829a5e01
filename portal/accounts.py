"""Staff accounts: made by an administrator, never by sign-up; and the one-time link of a site on this machine."""

from datetime import timedelta

from allauth.account import views as account
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest
from django.urls import include, path
from django.utils.http import base36_to_int
from qrcode import QRCode

from foundation.audit.actions import record
from foundation.privacy.limits import address

# Of allauth's addresses the ones that belong to a site without sign-up and without mail to its staff.
urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("2fa/", include("allauth.mfa.urls")),
]


class StaffAccountAdapter(DefaultAccountAdapter):
    """Sign-in only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """As our own limits see it: behind the proxies that settings trust."""
        return address(request)

    def login(self, request: HttpRequest, user: User) -> None:
        """Leaves an audit record."""
        super().login(request, user)
        record(by=user, verb="signed in", obj=user)


class StaffMFAAdapter(DefaultMFAAdapter):
    """Draws the code for authenticator apps so that the page can show it under our policy."""

    def build_totp_svg(self, url: str) -> str:
        """Path data in a box of 100 by 100: the page draws it, since the policy allows no picture inside an address."""
        code = QRCode(border=4)
        code.add_data(url)
        rows = code.get_matrix()
        step = 100 / len(rows)
        square = f"h{step:.3f}v{step:.3f}h-{step:.3f}z"
        dark = [(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark]
        return "".join(f"M{x * step:.3f} {y * step:.3f}{square}" for x, y in dark)


class OneTimeToken(PasswordResetTokenGenerator):
    """Proof for one sign-in of one user: dead once the user has signed in, and after 24 hours."""

    key_salt = "portal.accounts.OneTimeToken"
    lifetime = timedelta(hours=24)

    def check_token(self, user: User | None, token: str | None) -> bool:
        """Signature and state first, so that the time in it can be believed."""
        if not super().check_token(user, token) or not token:
            return False
        made = base36_to_int(token.partition("-")[0])
        return self._num_seconds(self._now()) - made <= self.lifetime.total_seconds()


one_time_token = OneTimeToken()
