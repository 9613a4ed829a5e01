"""“Did this page help?”: answered without an account or a cookie, and thanked for."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from conditions import page_context
from conditions.forms import FeedbackForm
from conditions.models import Edition, PageFeedback
from foundation.pages.http import public_page
from foundation.pages.languages import foreign
from foundation.privacy import limits

MOST, PER = 300, timedelta(hours=1)  # from one address, which may be a whole hospital's
AT_ONCE = timedelta(minutes=1)


@csrf_exempt  # readers have no cookie to guard with; `_is_from_this_site` looks at where the form was
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest, slug: str) -> HttpResponse:
    return _keep(request, slug) if request.method == "POST" else _thank(request, slug)


@public_page
def _thank(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, page_context.live_edition(slug))


def _keep(request: HttpRequest, slug: str) -> HttpResponse:
    if not _is_from_this_site(request):
        raise PermissionDenied
    edition = page_context.live_edition(slug)
    if not limits.allowed(request, what="page feedback", most=MOST, per=PER):
        return _page(request, edition, status=429)
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        return _page(request, edition, form, status=422)
    if _is_new(request, edition, form.cleaned_data):
        PageFeedback.objects.create(edition=edition, **form.cleaned_data)
    thanks = redirect("conditions:feedback", slug=slug)
    thanks.status_code = 303
    return thanks


def _is_new(request: HttpRequest, edition: Edition, answer: dict[str, Any]) -> bool:
    """Not the same answer from the same network within a minute, as from a button that is pressed twice."""
    same = json.dumps([limits.network(request), edition.pk, answer], sort_keys=True)
    return limits.allowed(request, what="same feedback", most=1, per=AT_ONCE, who=same)


def _page(request: HttpRequest, edition: Edition, form: FeedbackForm | None = None, status: int = 200) -> HttpResponse:
    names = page_context.naming(edition)
    page = edition.condition.get_absolute_url()
    context = {
        "condition": edition.condition,
        "names": names,
        "lang": foreign(edition.language),
        "page": page,
        "feedback": form,
        "too_many": status == 429,
        "crumbs": page_context.crumbs(names.heading, page),
    }
    return render(request, "conditions/feedback.html", context, status=status)


def _is_from_this_site(request: HttpRequest) -> bool:
    """Whether a browser says that the form was on a page of this site."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()
