"""Second factors of staff: authenticator apps, passkeys and recovery codes, and what follows when one comes or goes."""

import logging
import re
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter as mfa_adapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.mfa.totp import forms as totp
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import forms as webauthn
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.forms import BooleanField, Form
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy as _

from foundation.audit.actions import record
from foundation.privacy.keys import Unreadable
from foundation.privacy.limits import allowed, forget
from foundation.prose.typed import Prose, code
from portal.staff.factor_secrets import open_bound
from portal.staff.sign_in import MAY_ENROLL, WINDOW, end_sessions, may_try

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
CODE_PERIOD = timedelta(seconds=30)
log = logging.getLogger(__name__)


class StaffMFAAdapter(DefaultMFAAdapter):
    def decrypt(self, encrypted_text: str) -> str:
        return open_bound(encrypted_text)

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


def without_gaps(typed: str) -> str:
    """A code as the app shows it in two groups, or in the digits of another keyboard."""
    return re.sub(r"[\s-]", "", code(typed))


class ActivateForm(totp.ActivateTOTPForm):
    def clean_code(self) -> str:
        self.cleaned_data["code"] = without_gaps(self.cleaned_data["code"])
        return str(super().clean_code())


class _LogsRefusals(Form):
    """By the number of the account; a passkey that signs in by itself names none that could be believed."""

    user: Any
    proof = "a passkey"

    def full_clean(self) -> None:
        super().full_clean()
        if self.errors:
            log.warning("%s was refused for account %s", self.proof, self.user.pk if self.user else "unknown")


class _CodeForm(_LogsRefusals, forms.BaseAuthenticateForm):
    proof = "a code"

    def clean_code(self) -> str:
        """At most as many codes as passwords; and the app's code, which is good for half a minute, once in it."""
        user = self.user.get_username()
        if not may_try(context.request, what="code", user=user):
            raise account_adapter().validation_error("too_many_login_attempts")
        self.cleaned_data["code"] = without_gaps(self.cleaned_data["code"])
        try:
            given = str(super().clean_code())
        except Unreadable as fault:
            raise ValidationError(str(fault), "unreadable") from fault
        if not allowed(context.request, what="code used", most=1, per=CODE_PERIOD, who=f"{user} {given}"):
            raise mfa_adapter().validation_error("incorrect_code")
        forget(what="code", per=WINDOW, who=user.casefold())
        return given


class AuthenticateForm(_CodeForm, forms.AuthenticateForm):
    """The second step of signing in."""


class ReauthenticateForm(_CodeForm, forms.ReauthenticateForm):
    """The code asked for once more."""


class PasskeyForm(_LogsRefusals, webauthn.AuthenticateWebAuthnForm):
    """In place of the code."""


class PasskeySignInForm(_LogsRefusals, webauthn.LoginWebAuthnForm):
    """In place of password and code."""


class PasskeyAgainForm(_LogsRefusals, webauthn.ReauthenticateWebAuthnForm):
    """Asked for once more."""


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """A passkey rather than a mere second step, unless somebody wants less."""

    name = Prose(label=_("Name"), required=False)
    passwordless = BooleanField(
        label=_("Sign in with it alone"),
        required=False,
        initial=True,
        help_text=_("The device then asks for your fingerprint, face or PIN, and you need no password."),
    )


def factor_changed(signal: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Other browsers must sign in anew. Setting up a factor proves it; taking the last one away ends the proof."""
    verbs = {authenticator_added: "set up a second factor", authenticator_removed: "took away a second factor"}
    record(by=user, verb=verbs.get(signal, "renewed a second factor"), obj=user, type=authenticator.type)
    if signal is authenticator_added and authenticator.type in FACTORS:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    if signal is authenticator_removed and not is_mfa_enabled(user, FACTORS):
        rest = [row for row in get_authentication_records(request, user) if row["method"] != "mfa"]
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = rest
        record_authentication(request, user, MAY_ENROLL, reauthenticated=True)  # taking it away asked for a proof
    end_sessions(user, by=user, keep=request.session.session_key)


def factor_used(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """A recovery code is for emergencies: that one was needed stays on record, with how many are left."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        authenticator.refresh_from_db()
        record(by=user, verb="used a recovery code", obj=user, left=len(authenticator.wrap().get_unused_codes()))
