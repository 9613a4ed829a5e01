"""The page that an invitation leads to: a password and a second factor, then the first page."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret, validate_totp_code
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from foundation.privacy.fields import Sealed, seal, unseal
from foundation.privacy.keys import Unreadable
from foundation.workflow import Refused
from portal.staff import invitations
from portal.staff.models import Invitation
from portal.staff.second_factors import without_gaps
from portal.staff.sign_in import MAY_ENROLL, is_proven, remember_device

PASSKEY = "passkey"


class JoinForm(SetPasswordForm):
    """A password; and, where the account has no second factor yet, an app's code, unless it is to be a passkey.

    The app's secret stands sealed in the page, so that showing it stores nothing; it is bound to this link.
    """

    sealed = forms.CharField(widget=forms.HiddenInput, required=False)
    code = forms.CharField(
        label=gettext_lazy("Code that the app shows"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, user: User, data: Any = None, *, token_hash: str, asks_factor: bool) -> None:
        super().__init__(user, data)
        self.context, self.asks_factor = f"invitation {token_hash}", asks_factor
        self.app_secret = self._sent_secret() or generate_totp_secret()
        self.fields["new_password1"].label = gettext_lazy("Password")
        self.fields["new_password2"].label = gettext_lazy("The same password again")
        if not asks_factor:
            del self.fields["code"]

    @property
    def sealed_secret(self) -> str:
        return seal(self.app_secret, context=self.context)

    @property
    def app_address(self) -> str:
        """By which an app on this very phone takes the secret."""
        return mfa_adapter().build_totp_url(self.user, self.app_secret)

    @property
    def picture(self) -> str:
        return mfa_adapter().build_totp_svg(self.app_address)

    @property
    def sets_up_app(self) -> bool:
        return self.asks_factor and PASSKEY not in self.data

    def clean_code(self) -> str:
        typed = without_gaps(self.cleaned_data["code"])
        if not self.sets_up_app:
            return ""
        if not typed:
            raise ValidationError(_("Type the six digits that the app shows now."), "required")
        if not validate_totp_code(self.app_secret, typed):
            raise ValidationError(_("This is not the code that the app shows now. Try the next one."), "code")
        return typed

    def _sent_secret(self) -> str:
        try:
            return unseal(Sealed(self.data.get("sealed", "")), context=self.context)
        except Unreadable:
            return ""


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """GET changes nothing: mail programs open links by themselves."""
    invitation = invitations.find(secret)
    if invitation is None or not invitation.is_working:
        return _closed(request, invitation)
    account = invitation.account or invitations.new_account(invitation)
    sent = request.POST if request.method == "POST" else None
    form = JoinForm(account, sent, token_hash=invitation.token_hash, asks_factor=not invitations.has_factor(account))
    if form.is_valid():
        try:
            return _joined(request, invitation, form)
        except Refused:  # pressed twice at once
            return _closed(request, invitations.find(secret))
    return render(request, "account/join.html", {"form": form, "invitation": invitation, "account": account})


def _joined(request: HttpRequest, invitation: Invitation, form: JoinForm) -> HttpResponse:
    app_secret = form.app_secret if form.sets_up_app else ""
    user = invitations.take_up(
        invitation=invitation, account=form.user, password=form.cleaned_data["new_password1"], secret=app_secret
    )
    logout(request)
    if not form.asks_factor:
        messages.success(request, _("Your new password is set. Sign in with it and your second factor."))
        return redirect("account_login")
    get_adapter().login(request, user)
    record_authentication(request, user, "mfa" if app_secret else MAY_ENROLL)
    if not app_secret:
        return redirect("mfa_add_webauthn")
    codes = reverse("mfa_view_recovery_codes")
    messages.success(
        request,
        format_html(
            _('You are in. <a href="{}">Keep your recovery codes</a>: one lets you in when you lose your phone.'), codes
        ),
    )
    response = redirect("admin:index")
    remember_device(request, response, user.get_username())
    return response


def _closed(request: HttpRequest, invitation: Invitation | None) -> HttpResponse:
    """Of a link that was used, ran out, was taken back, or never was. To who has just used it, the first page."""
    if invitation and invitation.account == request.user and is_proven(request):
        return redirect("admin:index")
    return render(request, "account/join_closed.html", {"used": bool(invitation)}, status=410)
