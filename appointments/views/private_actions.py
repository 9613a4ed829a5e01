"""What a family does with its request: ask for other times, withdraw it, change how to be reached, tell us something."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import actions, times
from appointments import status_text as say
from appointments.actions import idempotency
from appointments.forms.private_page import Mine, NewContact, Reason, Seen, Told, Unlock, Wanted
from appointments.models import Request
from appointments.views.private_access import address, is_unlocked, private
from foundation.privacy import limits
from foundation.workflow import Refused

Given = dict[str, Any]
MOST, HOUR = 20, timedelta(hours=1)


@dataclass(frozen=True)
class Act:
    """One act, with a page of its own. `done` is said on the request's page afterwards."""

    form: type[Mine]
    heading: Any
    lead: Any
    button: Any
    done: Any
    do: Callable[[Request, Given, int], object]
    is_possible: Callable[[Request], bool] = lambda row: row.is_open
    is_done: Callable[[Request], bool] = lambda row: False
    initial: Callable[[Request], Given] = lambda row: {}


def _other(row: Request, given: Given, seen: int) -> object:
    return actions.ask_for_other_times(request=row, words=given["words"], seen=seen)


def _withdraw(row: Request, given: Given, seen: int) -> object:
    return actions.withdraw(request=row, words=given["words"], seen=seen)


def _tell(row: Request, given: Given, seen: int) -> object:
    return actions.add_words(request=row, words=given["words"])


def _reach(row: Request, given: Given, seen: int) -> None:
    actions.change_contact(request=row, fields=given)


def _has_times(row: Request) -> bool:
    return row.status in {Request.Status.OFFERED, Request.Status.CONFIRMED}


ACTS = {
    "other": Act(
        Wanted,
        gettext_lazy("Ask for other times"),
        gettext_lazy(
            "Tell us which days and times suit you. A visit that is confirmed stays yours until we agree on another."
        ),
        gettext_lazy("Ask for other times"),
        gettext_lazy("We have your answer, and look for other times."),
        _other,
        _has_times,
    ),
    "withdraw": Act(
        Reason,
        gettext_lazy("Withdraw your request"),
        gettext_lazy("We then close it, and give back every time that is held or confirmed for you. You need give no reason."),
        gettext_lazy("Withdraw the request"),
        gettext_lazy("Your request is withdrawn."),
        _withdraw,
        is_done=lambda row: row.ended == Request.Ended.BY_FAMILY,
    ),
    "words": Act(
        Told,
        gettext_lazy("Write to us"),
        gettext_lazy("The people who work on your request read it here. It is not sent by email."),
        gettext_lazy("Send"),
        gettext_lazy("We have your words, and read them before we go on."),
        _tell,
    ),
    "contact": Act(
        NewContact,
        gettext_lazy("How we reach you"),
        gettext_lazy("From now on we use what stands here."),
        gettext_lazy("Save"),
        gettext_lazy("Your contact details are changed."),
        _reach,
        initial=lambda row: {"email": row.email, "phone": row.phone, **row.read("contact")},
    ),
}
DONE = {name: act.done for name, act in ACTS.items()} | {"accept": gettext_lazy("The time is yours.")}


def _view(name: str) -> Callable[..., HttpResponse]:
    def answer(request: HttpRequest, row: Request) -> HttpResponse:
        act, sends = ACTS[name], request.method == "POST"
        if not is_unlocked(request, row):
            return ask_to_unlock(request, row, name) if sends else redirect(address(row))
        if sends and (act.is_done(row) or idempotency.was_sent(_press(request, row, name))):
            return done(row, name)
        if not act.is_possible(row):
            return redirect(address(row))
        if not sends:
            form = _form(row, name)
            form.initial = act.initial(row)
            return page(request, row, name, form)
        return _act(request, row, name)

    return private(answer)


def _act(request: HttpRequest, row: Request, name: str) -> HttpResponse:
    form = _form(row, name, dict(request.POST.lists()))
    if not form.is_valid():
        return page(request, row, name, form)
    if not limits.allowed(request, what="private page", most=MOST, per=HOUR, who=row.link_hash):
        return page(request, row, name, form, fault=too_many(row), status=429)
    try:
        with transaction.atomic():
            if idempotency.is_first(_press(request, row, name)):
                ACTS[name].do(row, form.columns(), Seen.read(request.POST, "seen") or 0)
    except Refused as no:
        row.refresh_from_db()
        return done(row, name) if ACTS[name].is_done(row) else page(request, row, name, form, fault=str(no))
    return done(row, name)


def _form(row: Request, name: str, typed: Given | None = None) -> Mine:
    return ACTS[name].form(typed, asker=row.asker)


def _press(request: HttpRequest, row: Request, name: str) -> UUID:
    return idempotency.key_of("family", row.pk, name, sent=request.POST)


def done(row: Request, name: str) -> HttpResponse:
    """To the request's page, which says what was done; also for a button that is pressed again."""
    row.refresh_from_db(fields=["status"])
    if name == "withdraw" and row.is_open:  # withdrawn, and opened again since
        return redirect(address(row))
    return redirect(f"{address(row)}?done={name}")


def page(request: HttpRequest, row: Request, name: str, form: Mine, *, fault: str = "", status: int = 200) -> HttpResponse:
    """The act's own page; what was typed stays."""
    context = {
        "row": row,
        "act": ACTS[name],
        "form": form,
        "fault": fault,
        "cancels": _cancels(row) if name == "withdraw" else "",
        "once": idempotency.fresh(),
        "back": address(row),
        "here": address(row, name),
    }
    return render(request, "appointments/mine_act.html", context, status=status)


def _cancels(row: Request) -> str:
    """The visit that is given back."""
    visit = row.times.select_related("location", "request").standing().first()
    return f"{say.when(visit)}, {say.place(visit)}" if visit else ""


def ask_to_unlock(
    request: HttpRequest, row: Request, name: str, *, form: Mine | None = None, fault: str = "", status: int = 200
) -> HttpResponse:
    """The half hour is over: asks for the date of birth again and carries along what was typed."""
    typed = _form(row, name).typed(request.POST)
    carried = [(field, text) for field, texts in typed.items() for text in texts]
    context = {"row": row, "form": form or Unlock(asker=row.asker), "fault": fault, "carried": carried, "then": name}
    context["link"] = {"unlock": address(row, "unlock")}
    return render(request, "appointments/mine_again.html", context, status=status)


def carry_on(request: HttpRequest, row: Request, name: str) -> HttpResponse:
    """After unlocking again: the act's page with what was typed before, to be sent once more."""
    form = _form(row, name)
    form.show(form.typed(request.POST))
    return page(request, row, name, form)


def too_many(row: Request) -> str:
    """When somebody tried too often, or at least too fast: until when, and whom to call meanwhile."""
    again = times.moment(limits.ends(HOUR), row.department.time_zone)
    told = _("That was tried too often, so it waits for a while. Try again after %(when)s, or call us: %(phone)s.")
    return told % {"when": again, "phone": row.department.phone}


other, withdraw, words, contact = (_view(name) for name in ("other", "withdraw", "words", "contact"))
