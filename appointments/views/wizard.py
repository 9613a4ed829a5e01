"""The steps: the first page, questions shown, answered, kept whatever is wrong with the answer; checked, and sent once."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from appointments import actions, business_hours, time_text
from appointments.departments import candidates, find_condition, find_department, treating
from appointments.forms import About, Answers, You, likely_meant
from appointments.forms.base import QUESTIONS
from appointments.privacy_text import kept_unsent, passed_on, promises
from appointments.wizard import FORMS, ORDER, Wizard, cookie_name, keep_answers, redirect_to
from conditions.models import Condition
from directory.contact import Contact
from directory.models import Department
from foundation.privacy import limits

MOST, PER = 300, timedelta(hours=1)  # requests from one address: a hospital or a school has one for all
FASTEST = timedelta(seconds=3)  # from the first answer to sending; no person is quicker
TRAP = "topic"  # a box that people do not see and programs fill in


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """What families read first: when we answer, emergencies, the first question, what happens then, and the phone.

    The page of a condition or a department may give the topic, in the address. POST answers the first step.
    """
    about = About(request.GET)
    about.is_valid()
    condition = find_condition(about.cleaned_data.get("condition", ""))
    department = find_department(about.cleaned_data.get("department", ""))
    wizard = Wizard.of(request)
    if request.method != "POST":
        return render(request, "appointments/start.html", _first_page(wizard, condition, department))
    if "go_on" in request.POST:  # where the family stopped; at the first question where the draft is gone meanwhile
        if wizard.draft:
            wizard.turn_to(_topic(condition, department))
            wizard.save("memory", wizard.memory)
        return redirect_to(wizard.next_step)
    if "anew" in request.POST:
        wizard.forget()
        return HttpResponseRedirect(_address(condition, department))
    return take(request, wizard, "you", about=_topic(condition, department))


def _first_page(wizard: Wizard, condition: Condition | None, chosen: Department | None) -> dict[str, Any]:
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
    return reverse("appointments:start", query=topic)


def _topic(condition: Condition | None, chosen: Department | None) -> Answers:
    """The first answers about the visit; a condition brings along a department that treats it. Empty without either."""
    departments = [chosen] if chosen else treating(condition)[:1]
    department = {"department": [row.slug for row in departments]}
    if condition:
        return {"condition": [condition.slug], **department}
    return department if chosen else {}


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, step: str) -> HttpResponse:
    if step not in ORDER:
        raise Http404
    if step == "done":
        return _show_done(request)
    is_post = request.method == "POST"
    if step == "check":
        return _send(request) if is_post else _show_check(request)
    wizard = Wizard.of(request)
    if wizard.sent_request:
        return redirect_to("done")
    return take(request, wizard, step) if is_post else _show(request, wizard, step)


def progress(step: str) -> dict[str, Any]:
    """Where a page stands among the others, and what is before it."""
    names = {name: form.short for name, form in FORMS.items()} | {"check": _("Check")}
    number = ORDER.index(step)
    return {"step": step, "steps": names, "number": number + 1, "back": ORDER[number - 1] if number else ""}


def _show(request: HttpRequest, wizard: Wizard, step: str) -> HttpResponse:
    see = request.GET.get("see", "")
    if see == "too_young":
        return render(request, "appointments/too_young.html", {"age": settings.AGE_OF_CONSENT})
    if ORDER.index(step) > ORDER.index(wizard.next_step):
        return redirect_to(wizard.next_step)
    form = wizard.form(step)
    if form.is_bound and not form.is_valid() and form.leads_to and form.leads_to == see:
        return render(request, f"appointments/{form.leads_to}.html", {"form": form, "step": step, **_whom_to_call(wizard)})
    lost = kept_unsent() if wizard.is_lost and "you" not in wizard.answers else ""
    context = {"form": form, "leaving": QUESTIONS, "lost": lost, **progress(step), **_whom_to_call(wizard)}
    return render(request, "appointments/step.html", context)


def _whom_to_call(wizard: Wizard) -> dict[str, object]:
    """The number of the department that is asked, the same on every step; the site's own while none is chosen."""
    department = find_department(wizard.department)
    return Contact.of(department).for_page() if department else {}


def take(request: HttpRequest, wizard: Wizard, step: str, about: Answers | None = None) -> HttpResponse:
    """Takes the answers of a step. Leads on in any case, so that going back never asks a browser to send a form again."""
    typed = FORMS[step](asker=wizard.asker).answers_in(request.POST)
    form = FORMS[step](typed, asker=wizard.asker)
    is_valid, is_too_young = form.is_valid(), form.leads_to == "too_young"
    if "leave" in request.POST:  # by “Back” or another language, with what is typed so far
        response = leave(request)
        is_kept = typed and not is_too_young
        return keep_answers(request, step, typed, is_sent=False).remember(response) if is_kept else response
    if is_too_young:  # to ask alone: nothing of what they typed stays, here or in their browser
        wizard.forget()
        response = redirect_to("you", "too_young")
        response.delete_cookie(cookie_name())
        return response
    wizard = keep_answers(request, step, typed, about=about)
    return wizard.remember(redirect_to(wizard.next_step) if is_valid else redirect_to(step, form.leads_to))


def leave(request: HttpRequest) -> HttpResponse:
    """To the address that was pressed; without one it is the page itself that said what it holds."""
    to = request.POST["leave"]
    is_ours = to.startswith("/") and url_has_allowed_host_and_scheme(to, allowed_hosts=None)
    return HttpResponseRedirect(to) if is_ours else HttpResponse(status=204)


def _show_check(request: HttpRequest) -> HttpResponse:
    wizard = Wizard.of(request)
    if wizard.next_step != "check":
        return redirect_to(wizard.next_step)
    if request.GET.get("see") == "again":
        return render(request, "appointments/send_again.html", _whom_to_call(wizard))
    forms: Any = wizard.checked_forms
    context = {
        "parts": [(step, form.title, form.rows()) for step, form in forms.items()],
        "meant": likely_meant(forms["contact"].cleaned_data["email"]),
        "of_age": forms["child"].is_of_age and not forms["child"].for_oneself,
        "passed_on": passed_on() if forms["visit"].place.receiving_systems.active().exists() else "",
        "trap": TRAP,
        **progress("check"),
        **_whom_to_call(wizard),
    }
    return render(request, "appointments/check.html", context)


@transaction.atomic
def _send(request: HttpRequest) -> HttpResponse:
    """The draft's row is held meanwhile: of many equal ones the first sends, the others find what it made.

    Nothing is compared with other requests: who knows a child's facts is answered as anybody is. docs/decisions/0019.
    """
    wizard = Wizard.of(request, lock=True)
    if wizard.next_step != "check":
        return redirect_to(wizard.next_step)
    if request.POST.get(TRAP) or timezone.now() - wizard.began < FASTEST:
        return redirect_to("check", "again")  # and not shown at once, so that going back asks no browser to send again
    if not limits.allowed(request, what="appointment request", most=MOST, per=PER):
        context = {"kept": kept_unsent(), **_whom_to_call(wizard)}
        return render(request, "appointments/too_many.html", context, status=429)
    actions.receive(draft_key=wizard.key, fields=wizard.columns(), draft=wizard.draft)
    return redirect_to("done")


def _show_done(request: HttpRequest) -> HttpResponse:
    """What came of it; the same however often it is asked for, until the cookie's 24 hours are over."""
    wizard = Wizard.of(request)
    row = wizard.sent_request
    if not row:
        return redirect_to(wizard.next_step)
    by = time_text.full(row.due_at, row.department.time_zone) if row.due_at else ""
    return render(request, "appointments/done.html", {"row": row, "by": by, **Contact.of(row.department).for_page()})
