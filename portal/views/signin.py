"""The one-time sign-in of a site that runs for this machine only."""

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts import one_time_token


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one_time(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    """GET shows a button and changes nothing; POST signs in, once. 404 on a site that others can reach."""
    if not settings.LOCAL:
        raise Http404
    user = _user(uidb64)
    if user is None or not one_time_token.check_token(user, token):
        return render(request, "account/one_time.html", {"worn_out": True}, status=404)
    if request.method != "POST":
        return render(request, "account/one_time.html", {"name": user.get_username()})
    return perform_login(request, user)


def _user(uidb64: str) -> User | None:
    try:
        key = urlsafe_base64_decode(uidb64).decode()
        return User.objects.filter(pk=key, is_active=True, is_staff=True).first()
    except (ValueError, OverflowError):
        return None
