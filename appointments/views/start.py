"""The page that families read first: emergencies, what we ask, when we answer, and the phone."""

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from appointments import business_hours, time_text
from appointments.departments import candidates, find_condition, find_department, treating
from appointments.forms import About
from appointments.wizard import Wizard, redirect_to
from conditions.models import Condition
from directory.contact import Contact
from directory.models import Department


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """GET explains; POST begins a draft, which the page of a condition or a department may have given its topic."""
    about = About(request.POST if request.method == "POST" else request.GET)
    about.is_valid()
    condition = find_condition(about.cleaned_data.get("condition", ""))
    department = find_department(about.cleaned_data.get("department", ""))
    return (_begin if request.method == "POST" else _explain)(request, condition, department)


def _explain(request: HttpRequest, condition: Condition | None, chosen: Department | None) -> HttpResponse:
    wizard = Wizard.of(request)
    departments = candidates(condition, chosen)[:1]
    prefetch_related_objects(departments, "locations")
    context = {
        "condition": condition,
        "chosen": chosen,
        "department": departments[0] if departments else None,
        **(Contact.of(departments[0]).for_page() if departments else {}),
        "by": [time_text.full(business_hours.due(row), row.time_zone) for row in departments],
        "begun": wizard.draft is not None,
    }
    return render(request, "appointments/start.html", context)


def _begin(request: HttpRequest, condition: Condition | None, chosen: Department | None) -> HttpResponse:
    wizard = Wizard.of(request)
    if wizard.draft is None or "anew" in request.POST:
        wizard.forget()
        wizard = Wizard.start()
    if about := _topic(condition, chosen):
        wizard.memory["about"] = about
        if "visit" in wizard.answers:
            wizard.answers["visit"] |= about
    wizard.save("memory", wizard.memory)
    return wizard.remember(redirect_to(wizard.next_step))


def _topic(condition: Condition | None, chosen: Department | None) -> dict[str, list[str]]:
    """The first answers about the visit; a condition brings along a department that treats it. Empty without either."""
    departments = [chosen] if chosen else treating(condition)[:1]
    department = {"department": [row.slug for row in departments]}
    if condition:
        return {"condition": [condition.slug], **department}
    return department if chosen else {}
