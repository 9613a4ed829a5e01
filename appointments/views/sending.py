"""The last steps: checking the answers, sending them once, and what families read then."""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from appointments import actions, times
from appointments.forms import likely_meant
from appointments.steps import Journey, leading_to
from foundation.privacy import limits

MOST, PER = 300, timedelta(hours=1)  # requests from one address: a hospital or a school has one for all
FASTEST = timedelta(seconds=3)  # from the first answer to sending; no person is quicker
TRAP = "topic"  # a box that people do not see and programs fill in


def check(request: HttpRequest) -> HttpResponse:
    """GET shows every answer with a way to change it; POST sends them."""
    if request.method == "POST":
        return _send(request)
    journey = Journey.of(request)
    if journey.over or not journey.reaches("check"):
        return _on(journey)
    if request.GET.get("see") == "again":
        return render(request, "appointments/again.html")
    meant = likely_meant(journey.judged["times"].cleaned_data["email"])
    parts = [(step, form.title, form.rows()) for step, form in journey.judged.items()]
    return render(
        request, "appointments/check.html", {"parts": parts, "meant": meant, "trap": TRAP, "number": 5, "back": "times"}
    )


@transaction.atomic
def _send(request: HttpRequest) -> HttpResponse:
    """The draft's row is held meanwhile: of many equal ones the first sends, the others find what it made.

    Nothing is compared with other requests: who knows a child's facts is answered as anybody is. docs/decisions/0019.
    """
    journey = Journey.of(request, locked=True)
    if journey.over or not journey.reaches("check"):
        return _on(journey)
    if request.POST.get(TRAP) or timezone.now() - journey.began < FASTEST:
        return leading_to("check", "again")  # and not shown at once, so that going back asks no browser to send again
    if not limits.allowed(request, what="appointment request", most=MOST, per=PER):
        return render(request, "appointments/too_many.html", status=429)
    actions.receive(draft_key=journey.key, fields=journey.fields(), draft=journey.draft)
    return leading_to("done")


def _on(journey: Journey) -> HttpResponse:
    return leading_to("done" if journey.over else journey.next)


def done(request: HttpRequest) -> HttpResponse:
    """What came of it; the same however often it is asked for, until the cookie's 24 hours are over."""
    journey = Journey.of(request)
    if journey.made:
        made = journey.made
        by = times.moment(made.due_at, made.department.time_zone) if made.due_at else ""
        return render(request, "appointments/done.html", {"made": made, "by": by})
    return _on(journey)
