"""The page that families read first: when we answer, emergencies, the first question, what happens then, and the phone."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from appointments import business_hours, time_text
from appointments.departments import candidates, find_condition, find_department, treating
from appointments.forms import About, Answers, You
from appointments.privacy_text import promises
from appointments.views.wizard import progress, take
from appointments.wizard import Wizard, redirect_to
from conditions.models import Condition
from directory.contact import Contact
from directory.models import Department


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The page of a condition or a department may give the topic, in the address. POST answers the first step."""
    about = About(request.GET)
    about.is_valid()
    condition = find_condition(about.cleaned_data.get("condition", ""))
    department = find_department(about.cleaned_data.get("department", ""))
    wizard = Wizard.of(request)
    if request.method != "POST":
        return render(request, "appointments/start.html", _page(wizard, condition, department))
    if "go_on" in request.POST:
        return _go_on(wizard, _topic(condition, department))
    if "anew" in request.POST:
        wizard.forget()
        return HttpResponseRedirect(_address(condition, department))
    return take(request, wizard, "you", about=_topic(condition, department))


def _page(wizard: Wizard, condition: Condition | None, chosen: Department | None) -> dict[str, Any]:
    departments = candidates(condition, chosen)[:1]
    prefetch_related_objects(departments, "locations")
    form = You()
    form.action = _address(condition, chosen)
    form.show(wizard.answers.get("you", {}))
    return {
        "condition": condition,
        "chosen": chosen,
        "department": departments[0] if departments else None,
        **(Contact.of(departments[0]).for_page() if departments and (condition or chosen) else {}),
        "by": [time_text.full(business_hours.due(row), row.time_zone) for row in departments],
        "begun": wizard.draft is not None and wizard.next_step != "you",
        "promises": promises(),
        "form": form,
        **progress("you"),
    }


def _address(condition: Condition | None, department: Department | None) -> str:
    """Of this page with its topic."""
    topic = {name: row.slug for name, row in [("condition", condition), ("department", department)] if row}
    return reverse("appointments:start") + (f"?{urlencode(topic)}" if topic else "")


def _go_on(wizard: Wizard, about: Answers) -> HttpResponse:
    """Where the family stopped; the first question where the draft is gone meanwhile."""
    if wizard.draft:
        wizard.turn_to(about)
        wizard.save("memory", wizard.memory)
    return redirect_to(wizard.next_step)


def _topic(condition: Condition | None, chosen: Department | None) -> Answers:
    """The first answers about the visit; a condition brings along a department that treats it. Empty without either."""
    departments = [chosen] if chosen else treating(condition)[:1]
    department = {"department": [row.slug for row in departments]}
    if condition:
        return {"condition": [condition.slug], **department}
    return department if chosen else {}
