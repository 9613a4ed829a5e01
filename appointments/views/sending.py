"""The last steps: checking the answers, sending them once, and what families read then."""

from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from appointments import actions, times
from appointments.actions.receiving import reached_alike, same_child
from appointments.forms import likely_meant
from appointments.models import Request
from appointments.steps import Journey, leading_to
from foundation.audit.directly import together
from foundation.privacy import limits

MOST, PER = 10, timedelta(hours=1)  # requests from one address
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
    if request.GET.get("see") == "already" and (
        earlier := Request.objects.filter(pk=journey.memory.get("earlier", 0)).first()
    ):
        on = times.long_day(_received(earlier))
        return render(request, "appointments/already.html", {"earlier": earlier, "on": on})
    meant = likely_meant(journey.judged["times"].cleaned_data["email"])
    parts = [(step, form.title, form.rows()) for step, form in journey.judged.items()]
    return render(
        request, "appointments/check.html", {"parts": parts, "meant": meant, "trap": TRAP, "number": 5, "back": "times"}
    )


@transaction.atomic
def _send(request: HttpRequest) -> HttpResponse:
    """The draft's row is held meanwhile: of many equal ones the first sends, the others find what it made."""
    journey = Journey.of(request, locked=True)
    if journey.over or not journey.reaches("check"):
        return _on(journey)
    if request.POST.get(TRAP) or timezone.now() - journey.began < FASTEST:
        return _see("again")
    fields = journey.fields()
    counted, alike = together([limits.counting(request, what="appointment request", per=PER), reached_alike(fields)])
    if counted[0][0] > MOST:
        return render(request, "appointments/too_many.html", status=429)
    earlier = same_child(fields, alike)
    if earlier and request.POST.get("already") == "add":
        _add(journey, earlier)
    elif earlier and request.POST.get("already") != "new":
        journey.save("memory", journey.memory | {"earlier": earlier.pk})
        return _see("already")
    else:
        actions.receive(draft_key=journey.key, fields=fields, draft=journey.draft)
    return leading_to("done")


def _on(journey: Journey) -> HttpResponse:
    return leading_to("done" if journey.over else journey.next)


def _see(page: str) -> HttpResponse:
    """Leads to a page instead of showing it, so that going back never asks a browser to send a form again."""
    return leading_to("check", page)


def _add(journey: Journey, earlier: Request) -> None:
    """The answers about the visit and the times become words for the earlier request; of the draft its day remains."""
    rows = [*journey.judged["visit"].rows(), *journey.judged["times"].rows()]
    words = "\n".join(f"{label}: {answer}" for label, answer, _control in rows if answer)
    actions.add_words(request=earlier, words=words)
    journey.answers.clear()
    journey.save("memory", {"added": _received(earlier).isoformat()})


def _received(request: Request) -> datetime:
    return timezone.localtime(request.received_at)


def done(request: HttpRequest) -> HttpResponse:
    """What came of it; the same however often it is asked for, until the cookie's 24 hours are over."""
    journey = Journey.of(request)
    if journey.made:
        made = journey.made
        by = times.moment(made.due_at, made.department.time_zone) if made.due_at else ""
        return render(request, "appointments/done.html", {"made": made, "by": by})
    if journey.over:
        return render(
            request, "appointments/added.html", {"on": times.long_day(datetime.fromisoformat(journey.memory["added"]))}
        )
    return _on(journey)
