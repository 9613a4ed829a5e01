"""The page that families read first: emergencies, what we ask, when we answer, and the phone."""

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from appointments import clock, times
from appointments.forms import About
from appointments.offer import Offer
from appointments.steps import Journey


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """GET explains; POST begins a draft, which the condition's page may have given its topic."""
    about = About(request.POST if request.method == "POST" else request.GET)
    slug = about.cleaned_data["condition"] if about.is_valid() else ""
    return _begin(request, slug) if request.method == "POST" else _explain(request, slug)


def _explain(request: HttpRequest, slug: str) -> HttpResponse:
    offer, journey = Offer(), Journey.of(request)
    places = offer.candidates(condition=slug)[:1]
    prefetch_related_objects(places, "locations", "hours")
    context = {
        "condition": offer.conditions.get(slug),
        "department": places[0] if places else None,
        "by": [times.moment(clock.due(place), place.time_zone) for place in places],
        "begun": journey.draft is not None and not journey.over,
    }
    return render(request, "appointments/start.html", context)


def _begin(request: HttpRequest, slug: str) -> HttpResponse:
    offer, journey = Offer(), Journey.of(request)
    if journey.draft is None or journey.over or "anew" in request.POST:
        journey.forget()
        journey = Journey.begun()
    if slug in offer.conditions:
        about = {"condition": [slug], "department": [row.slug for row in offer.treating(slug)[:1]]}
        journey.memory["about"] = about
        if "visit" in journey.answers:
            journey.answers["visit"] |= about
    journey.save("memory", journey.memory)
    return journey.remember(redirect("appointments:step", step=journey.next))
