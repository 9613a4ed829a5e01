"""The private page of a request. GET shows; every act is a POST that says which version of the request was on the screen."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from appointments import actions, messages
from appointments import status_text as say
from appointments.forms.private_page import Mine, Seen, Unlock
from appointments.models import Note, OfferedTime, Request
from appointments.views import unlocking
from appointments.views.private_access import address, is_unlocked, private, remember, unlocked
from appointments.views.private_actions import (
    ACTS,
    DONE,
    ask_to_unlock,
    carry_on,
    contact,
    done,
    other,
    too_many,
    withdraw,
    words,
)
from directory.hours import zone_in_words
from foundation.workflow import Refused

__all__ = ["accept", "calendar", "contact", "mine", "other", "unlock", "withdraw", "words"]

Times = list[OfferedTime]


@require_safe
@private
def mine(request: HttpRequest, row: Request) -> HttpResponse:
    """Where the request stands; with the date of birth also what is personal."""
    return _page(request, row)


@private
def unlock(request: HttpRequest, row: Request) -> HttpResponse:
    """Opens the details if the date of birth is right."""
    if request.method != "POST" or row.erased_at:
        return redirect(address(row))
    form = Unlock(dict(request.POST.lists()), asker=row.asker)
    if not form.is_valid():
        return _locked(request, row, form)
    if unlocking.is_worn_out(row):
        return _locked(request, row, form, fault=unlocking.ask_for_a_new_link(row), status=429)
    if not unlocking.may_try(request, row):
        return _locked(request, row, form, fault=too_many(row), status=429)
    if not unlocking.is_right(row, form.cleaned_data["born"]):
        form.add_error("born", _("Enter the date of birth that you gave us when you asked"))
        return _locked(request, row, form)
    then = request.POST.get("then")
    response = carry_on(request, row, then) if then in ACTS else redirect(address(row))
    remember(response, row)
    return response


@private
@unlocked
def accept(request: HttpRequest, row: Request) -> HttpResponse:
    """Shows one of the offered times once more; takes it on POST."""
    data = request.POST if request.method == "POST" else request.GET
    time = _times(row).filter(pk=Seen.read(data, "time")).first()
    if time is None:
        return redirect(address(row))
    if time.status == OfferedTime.Status.CONFIRMED:
        return done(row, "accept")
    fault = "" if _is_held(time) else _("This time is no longer held for you. Ask us for other times.")
    if request.method == "POST":
        try:
            actions.accept(request=row, time=time, seen=Seen.read(request.POST, "seen") or 0)
        except Refused as no:
            row.refresh_from_db()
            time.refresh_from_db()
            if time.status == OfferedTime.Status.CONFIRMED:  # the same button, pressed twice
                return done(row, "accept")
            fault = str(no)
        else:
            return done(row, "accept")
    links = {"back": address(row), "other": address(row, "other"), "accept": address(row, "accept")}
    return render(request, "appointments/mine_accept.html", {"row": row, "time": _said(time), "fault": fault, "link": links})


@require_safe
@private
@unlocked
def calendar(request: HttpRequest, row: Request) -> HttpResponse:
    """The confirmed visit for the family's own calendar."""
    time = _times(row).filter(status=OfferedTime.Status.CONFIRMED).first()
    if time is None:
        return redirect(address(row))
    from appointments import calendar_file  # 4 MB with icalendar, for who takes the file

    file = calendar_file.made(time, method=calendar_file.PUBLISH, link=messages.page_link(row))
    return HttpResponse(
        file,
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
    )


def _locked(request: HttpRequest, row: Request, form: Mine, *, fault: str = "", status: int = 200) -> HttpResponse:
    """A wrong or missing date of birth; words that were carried along stay."""
    then = request.POST.get("then", "")
    if then in ACTS:
        return ask_to_unlock(request, row, then, form=form, fault=fault, status=status)
    return _page(request, row, form=form, fault=fault, status=status)


def _page(request: HttpRequest, row: Request, *, form: Mine | None = None, fault: str = "", status: int = 200) -> HttpResponse:
    opened = is_unlocked(request, row)
    context = {
        "row": row,
        "status": say.status(row),
        "promise": say.promise(row),
        "history": say.history(row),
        "zone": zone_in_words(row.department.time_zone),
        "form": form or Unlock(asker=row.asker),
        "fault": fault,
        "opened": opened,
        "done": DONE.get(request.GET.get("done", "")) if opened else None,
        "link": {name: address(row, name) for name in ("unlock", "accept", "calendar", *ACTS)},
        **(_details(row) if opened else {}),
    }
    return render(request, "appointments/mine.html", context, status=status)


def _details(row: Request) -> dict[str, Any]:
    """What only the family may see: visits, words, names and how we reach them."""
    times: Times = list(_times(row).exclude(status__in=[OfferedTime.Status.RELEASED, OfferedTime.Status.CANCELLED]))
    now = timezone.now()
    visit = next((time for time in times if time.status == OfferedTime.Status.CONFIRMED and time.ends_at > now), None)
    over = [time for time in times if time.status in say.ENDED and time.ends_at <= now]
    notes = [note for note in row.notes.all() if note.kind != Note.Kind.STAFF]
    return {
        "visit": _said(visit) if visit else None,
        "ended": _said(over[-1]) | {"how": say.ENDED[over[-1].status]} if over and not visit else None,
        "offers": [_said(time) for time in times if _is_held(time)],
        "notes": notes,
        "asked": bool(notes) and notes[-1].kind == Note.Kind.QUESTION,
        "child": row.child_liked_name or row.child_name,
    }


def _said(time: OfferedTime) -> dict[str, Any]:
    return {"time": time, "when": say.when(time), "place": say.place(time), "minutes": say.lasts(time)}


def _is_held(time: OfferedTime) -> bool:
    return time.status == OfferedTime.Status.OFFERED and min(time.expires_at, time.starts_at) > timezone.now()


def _times(row: Request) -> Any:
    return row.times.select_related("clinician", "location", "room", "request")
