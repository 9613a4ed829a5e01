"""The lost link: sent again to the address it belongs to. The page answers the same whether or not there is one."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from appointments.actions import send_link_again
from appointments.actions.receiving import index_email
from appointments.forms.mine import Lost
from foundation.privacy import limits

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FROM_ONE_PLACE, TO_ONE_ADDRESS = 10, 3  # an hour, a day


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Asks for reference and email, and says that the link is on its way if they belong together."""
    form = Lost(dict(request.POST.lists()) if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _page(request, {"form": form})
    email = form.cleaned_data["email"]
    by_place = limits.allowed(request, what="lost link", most=FROM_ONE_PLACE, per=HOUR)
    by_email = limits.allowed(request, what="lost link to one address", most=TO_ONE_ADDRESS, per=DAY, who=index_email(email))
    if not (by_place and by_email):
        return _page(request, {"too_many": True}, status=429)
    send_link_again(reference=form.cleaned_data["reference"], email=email)
    return _page(request, {"sent": True})


def _page(request: HttpRequest, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    response = render(request, "appointments/find.html", context, status=status)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
