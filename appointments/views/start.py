"""The page that families read first: emergencies, what we ask, when we answer, and the phone."""

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from appointments import clock, times
from appointments.forms import About
from appointments.offer import Offer
from appointments.steps import Journey, leading_to
from directory.contact import Contact


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """GET explains; POST begins a draft, which the page of a condition or a department may have given its topic."""
    about = About(request.POST if request.method == "POST" else request.GET)
    about.is_valid()
    answer = _begin if request.method == "POST" else _explain
    return answer(request, about.cleaned_data.get("condition", ""), about.cleaned_data.get("department", ""))


def _explain(request: HttpRequest, condition: str, department: str) -> HttpResponse:
    offer, journey = Offer(), Journey.of(request)
    places = offer.candidates(condition=condition, department=department)[:1]
    prefetch_related_objects(places, "locations")
    context = {
        "condition": offer.condition(condition),
        "chosen": offer.department(department),
        "department": places[0] if places else None,
        "hours": Contact.of(places[0]).hours if places else "",
        "by": [times.moment(clock.due(place), place.time_zone) for place in places],
        "begun": journey.draft is not None and not journey.over,
    }
    return render(request, "appointments/start.html", context)


def _begin(request: HttpRequest, condition: str, department: str) -> HttpResponse:
    offer, journey = Offer(), Journey.of(request)
    if journey.draft is None or journey.over or "anew" in request.POST:
        journey.forget()
        journey = Journey.begun()
    if about := _topic(offer, condition, department):
        journey.memory["about"] = about
        if "visit" in journey.answers:
            journey.answers["visit"] |= about
    journey.save("memory", journey.memory)
    return journey.remember(leading_to(journey.next))


def _topic(offer: Offer, condition: str, department: str) -> dict[str, list[str]]:
    """The first answers about the visit; a condition brings along a department that treats it. Empty without either."""
    chosen = [department] if offer.department(department) else []
    if offer.condition(condition):
        return {"condition": [condition], "department": chosen or [row.slug for row in offer.treating(condition)[:1]]}
    return {"department": chosen} if chosen else {}
