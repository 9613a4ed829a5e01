"""The steps with questions: shown, answered, kept whatever is wrong with the answer."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from appointments.forms.base import QUESTIONS, Typed
from appointments.steps import FORMS, ORDER, Journey, cookie_name, keep, leading_to
from appointments.views import sending


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, step: str) -> HttpResponse:
    """GET shows a step as far as those before it are answered; POST keeps its answers and leads to the next open one."""
    if step not in ORDER:
        raise Http404
    if step == "done":
        return sending.done(request)
    if step == "check":
        return sending.check(request)
    journey = Journey.of(request)
    if journey.over:
        return leading_to("done")
    return _answered(request, journey, step) if request.method == "POST" else _asked(request, journey, step)


def _asked(request: HttpRequest, journey: Journey, step: str) -> HttpResponse:
    see = request.GET.get("see", "")
    if see == "too_young":
        return render(request, "appointments/too_young.html")
    if not journey.reaches(step):
        return leading_to(journey.next)
    form = journey.form(step)
    if form.is_bound and not form.is_valid() and form.leads_to and form.leads_to == see:
        return render(request, f"appointments/{form.leads_to}.html", {"form": form, "step": step})
    at = ORDER.index(step)
    context = {
        "form": form,
        "number": at + 1,
        "back": ORDER[at - 1] if at else "",
        "leaving": QUESTIONS,
        "lost": journey.lost and "you" not in journey.answers,
    }
    return render(request, "appointments/step.html", context)


def _answered(request: HttpRequest, journey: Journey, step: str) -> HttpResponse:
    """Leads on in any case, so that going back never asks a browser to send a form again."""
    typed = FORMS[step](asker=journey.asker).typed(request.POST)
    form = FORMS[step](typed, asker=journey.asker)
    valid = form.is_valid()
    if "leave" in request.POST:
        return _left(request, step, typed, keeps=form.leads_to != "too_young")
    if form.leads_to == "too_young":
        return _forget(journey)
    journey = keep(request, step, typed)
    if valid:
        return journey.remember(leading_to(journey.next))
    return journey.remember(leading_to(step, form.leads_to))


def _left(request: HttpRequest, step: str, typed: Typed, *, keeps: bool) -> HttpResponse:
    """By “Back” or another language, with what is typed so far; without an address it is the page itself that says what it holds."""
    to = request.POST["leave"]
    inside = to.startswith("/") and url_has_allowed_host_and_scheme(to, allowed_hosts=None)
    response = HttpResponseRedirect(to) if inside else HttpResponse(status=204)
    return keep(request, step, typed, sent=False).remember(response) if keeps else response


def _forget(journey: Journey) -> HttpResponse:
    """Somebody under 18 alone: nothing of what they typed stays, here or in their browser."""
    journey.forget()
    response = leading_to("you", "too_young")
    response.delete_cookie(cookie_name())
    return response
