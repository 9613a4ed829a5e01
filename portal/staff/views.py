from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.staff.second_factors import FACTORS
from portal.staff.session_gate import seconds_left
from portal.staff.sign_in import ONE_TIME, is_proven, may_enroll, one_time_token


def stay(request: HttpRequest) -> HttpResponse:
    """Like any other page of the admin it keeps the session alive; and says for how many seconds."""
    return JsonResponse({"seconds": seconds_left(request.session)})


@require_safe
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Says why the admin stays closed, and leads to what opens it."""
    if is_proven(request):
        return redirect("admin:index")
    facts = {"has_one": is_mfa_enabled(request.user, FACTORS), "may_enroll": may_enroll(request)}
    return render(request, "account/second_factor.html", facts)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one_time(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    """GET shows a button and changes nothing; POST signs in, once. 404 on a site that others can reach."""
    if not settings.LOCAL:
        raise Http404
    user = _user(uidb64)
    if user and user == request.user and is_proven(request):  # pressed twice
        return redirect("admin:index")
    if user is None or not one_time_token.check_token(user, token):
        return render(request, "account/one_time.html", {"worn_out": True}, status=404)
    if request.method != "POST":
        return render(request, "account/one_time.html", {"name": user.get_full_name() or user.get_username()})
    logout(request)
    get_adapter().login(request, user)
    record_authentication(request, user, ONE_TIME)  # stands for the second factor: `is_proven`
    return redirect("admin:index")


def _user(uidb64: str) -> User | None:
    try:
        key = urlsafe_base64_decode(uidb64).decode()
        return User.objects.filter(pk=key, is_active=True, is_staff=True).first()
    except (ValueError, OverflowError):
        return None
