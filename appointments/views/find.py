"""The lost link: sent again to the address it belongs to. The page answers the same whether or not there is one.

Who knows a reference or an address learns nothing and uses nothing up: what is bounded is how often one link is sent.
"""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from appointments.actions import idempotency, send_link_again
from appointments.actions.receive import index_email
from appointments.forms.private_page import LostLink
from foundation.privacy import limits

FROM_ONE_PLACE, HOUR = 300, timedelta(hours=1)
MOST_SENT, DAY = 3, timedelta(days=1)  # one link


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    form = LostLink(dict(request.POST.lists()) if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _page(request, {"form": form, "once": idempotency.draw_number()})
    if not limits.allowed(request, what="lost link", most=FROM_ONE_PLACE, per=HOUR):
        return _page(request, {"too_many": True}, status=429)
    with transaction.atomic():
        if idempotency.is_first(idempotency.key_of("find", sent=request.POST)):
            reference, email = form.cleaned_data["reference"], form.cleaned_data["email"]
            if limits.allowed(request, what="link sent", most=MOST_SENT, per=DAY, who=f"{reference} {index_email(email)}"):
                send_link_again(reference=reference, email=email)
    return _page(request, {"sent": True})


def _page(request: HttpRequest, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    response = render(request, "appointments/find.html", context, status=status)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
