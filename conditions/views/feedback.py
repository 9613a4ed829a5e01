"""“Did this page help?”: answered without an account or a cookie, and thanked for."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from conditions import page_context
from conditions.forms import NO, YES, FeedbackForm
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


@public_page(query=("said",))
def _thank(request: HttpRequest, slug: str) -> HttpResponse:
    """With a form for words to the answer that `said` names, where one was just given."""
    said = request.GET.get("said", "")
    return _page(request, page_context.live_edition(slug), said=said if said in {YES, NO} else "")


def _keep(request: HttpRequest, slug: str) -> HttpResponse:
    if not _is_from_this_site(request):
        raise PermissionDenied
    edition = page_context.live_edition(slug)
    if not limits.allowed(request, what="page feedback", most=MOST, per=PER):
        return _page(request, edition, status=429)
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        return _page(request, edition, form, status=422)
    answer = form.cleaned_data
    adds = answer.pop("adds")
    if _is_new(request, edition, answer) and not (adds and _add(edition, **answer)):
        PageFeedback.objects.create(edition=edition, **answer)
    said = "" if answer["comment"] or adds else f"?said={request.POST['helpful']}"
    return HttpResponseRedirect(reverse("conditions:feedback", args=[slug]) + said, status=303)


def _add(edition: Edition, helpful: bool, comment: str) -> bool:
    """Whether the words went to an answer without any: of those that say the same it can be any, since none says who gave it."""
    without = PageFeedback.objects.filter(edition=edition, helpful=helpful, comment="")
    return not comment or bool(without.filter(pk=without.values("pk")[:1]).update(comment=comment))


def _is_new(request: HttpRequest, edition: Edition, answer: dict[str, Any]) -> bool:
    """Not the same answer from the same network within a minute, as from a button that is pressed twice."""
    same = json.dumps([limits.network(request), edition.pk, answer], sort_keys=True)
    return limits.allowed(request, what="same feedback", most=1, per=AT_ONCE, who=same)


def _page(
    request: HttpRequest, edition: Edition, form: FeedbackForm | None = None, *, said: str = "", status: int = 200
) -> HttpResponse:
    names = page_context.naming(edition)
    page = edition.condition.get_absolute_url()
    context = {
        "condition": edition.condition,
        "names": names,
        "lang": foreign(edition.language),
        "page": page,
        "feedback": form,
        "said": form.data.get("helpful") if form and not form["helpful"].errors else said,
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
