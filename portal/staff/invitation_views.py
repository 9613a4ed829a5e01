"""The page that an invitation leads to: a password and a second factor, then the first page."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from foundation.workflow import Refused
from portal.staff import invitations
from portal.staff.invitation_forms import JoinForm
from portal.staff.models import Invitation
from portal.staff.sign_in import MAY_ENROLL, is_proven, remember_device


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
