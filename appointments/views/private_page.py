"""The private page of a request. GET shows; every act is a POST that says which version of the request was on the screen."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from appointments import actions, messages, status_text
from appointments.column_text import FOR_FAMILIES, describe_all
from appointments.forms import StepForm
from appointments.forms.private_page import Seen, Unlock
from appointments.models import EarlierWish, Note, OfferedTime, Request
from appointments.views.private_access import (
    MOST_WRONG_EVER,
    address,
    addresses,
    check_date,
    count_try,
    is_unlocked,
    needs_unlock,
    private,
    remember_unlock,
)
from appointments.views.private_actions import ACTIONS, DONE, ask_to_unlock, carry_on, redirect_done, too_many
from directory.contact import Contact
from directory.hours import zone_in_words
from foundation.workflow import Refused

Time = OfferedTime.Status


@require_safe
@private
def show(request: HttpRequest, row: Request) -> HttpResponse:
    return _page(request, row)


@private
def unlock(request: HttpRequest, row: Request) -> HttpResponse:
    if request.method != "POST" or row.erased_at:
        return redirect(address(row))
    form = Unlock(dict(request.POST.lists()), asker=row.asker)
    if not form.is_valid():
        return _locked_page(request, row, form)
    if row.wrong_dates >= MOST_WRONG_EVER:
        words = _("Too many dates of birth were tried that were not right, so this link no longer opens. Call us: %(phone)s.")
        fault = words % {"phone": row.department.phone} + " " + _("We then send you a new one.")
        return _locked_page(request, row, form, fault=fault, status=429)
    if not count_try(request, row):
        return _locked_page(request, row, form, fault=too_many(row), status=429)
    if not check_date(row, form.cleaned_data["born"]):
        form.add_error("born", _("Enter the date of birth that you gave us when you asked"))
        return _locked_page(request, row, form)
    then = request.POST.get("then")
    response = carry_on(request, row, then) if then in ACTIONS else redirect(address(row))
    remember_unlock(response, row)
    return response


@private
@needs_unlock
def accept(request: HttpRequest, row: Request) -> HttpResponse:
    data = request.POST if request.method == "POST" else request.GET
    time = _times(row).filter(pk=Seen.read(data, "time")).first()
    if time is None:
        return redirect(address(row))
    if time.status == Time.CONFIRMED:
        return redirect_done(row, "accept")
    fault = "" if time.is_on_offer() else _("This time is no longer held for you. Ask us for other times.")
    if request.method == "POST":
        try:
            actions.accept(request=row, time=time, seen=Seen.read(request.POST, "seen") or 0)
        except Refused as refusal:
            row.refresh_from_db()
            time.refresh_from_db()
            fault = str(refusal)
        if not fault or time.status == Time.CONFIRMED:  # also where the same button was pressed twice
            return redirect_done(row, "accept")
    links = addresses(row, "other", "accept") | {"back": address(row)}
    before = _times(row).standing().exclude(pk=time.pk).first()
    context = {
        "row": row,
        **Contact.of(row.department).for_page(),
        "visit": _visit(time),
        "fault": fault,
        "link": links,
        "stands": status_text.when(before) if before else "",
        "free": time.is_on_offer(),  # also where something else changed since the page was opened
    }
    return render(request, "appointments/private_accept.html", context)


@require_safe
@private
@needs_unlock
def calendar(request: HttpRequest, row: Request) -> HttpResponse:
    time = _times(row).filter(status=Time.CONFIRMED).first()
    if time is None:
        return redirect(address(row))
    from appointments import calendar_file  # 4 MB with icalendar, for who takes the file

    file = calendar_file.make(time, method=calendar_file.PUBLISH, link=messages.page_link(row))
    return HttpResponse(
        file,
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
    )


def _locked_page(request: HttpRequest, row: Request, form: StepForm, *, fault: str = "", status: int = 200) -> HttpResponse:
    """A wrong or missing date of birth; words that were carried along stay."""
    then = request.POST.get("then", "")
    if then in ACTIONS:
        return ask_to_unlock(request, row, then, form=form, fault=fault, status=status)
    return _page(request, row, form=form, fault=fault, status=status)


def _page(
    request: HttpRequest, row: Request, *, form: StepForm | None = None, fault: str = "", status: int = 200
) -> HttpResponse:
    is_open = is_unlocked(request, row)
    context = {
        "row": row,
        **Contact.of(row.department).for_page(),
        "status": status_text.status(row),
        "promise": status_text.promise(row),
        "history": status_text.history(row),
        "zone": zone_in_words(row.department.time_zone),
        "form": form or Unlock(asker=row.asker),
        "fault": fault,
        "opened": is_open,
        "turn": row.times.on_offer().exists(),
        "asked": row.is_open and status_text.is_asked(row),
        "done": DONE.get(request.GET.get("done", "")) if is_open else None,
        "link": addresses(row, "unlock", "accept", "calendar", *ACTIONS),
        **(_details(row) if is_open else {}),
    }
    return render(request, "appointments/private_page.html", context, status=status)


def _details(row: Request) -> dict[str, Any]:
    times: list[OfferedTime] = list(_times(row).exclude(status__in=[Time.RELEASED, Time.CANCELLED]))
    now = timezone.now()
    visit = next((time for time in times if time.status == Time.CONFIRMED and time.ends_at > now), None)
    ended = [time for time in times if time.status in status_text.ENDED and time.ends_at <= now]
    notes = [note for note in row.notes.all() if note.kind != Note.Kind.STAFF]
    on_offer = [time for time in times if time.is_on_offer(now)]
    earlier = next((time for time in on_offer if visit and hasattr(time, "earlier_offer")), None)
    return {
        "earlier": _visit(earlier) if earlier else None,
        "wish": EarlierWish.objects.filter(request=row, ended_at=None).first() if visit else None,
        "may_be_earlier": visit is not None and visit.starts_at > now,
        "visit": _visit(visit) if visit else None,
        "ended": _visit(ended[-1]) | {"how": status_text.ENDED[ended[-1].status]} if ended and not visit else None,
        "offers": [_visit(time) for time in on_offer if time is not earlier],
        "notes": notes,
        "told": [pair for _title, pairs in describe_all(row, [], FOR_FAMILIES) for pair in pairs],
    }


def _visit(time: OfferedTime) -> dict[str, Any]:
    return {"time": time, **status_text.visit(time)}


def _times(row: Request) -> Any:
    return row.times.select_related("clinician", "location", "room", "request", "earlier_offer")
