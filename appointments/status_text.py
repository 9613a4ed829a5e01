"""What happened and what comes next, as sentences for the family. None of them holds anything personal."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from appointments import time_text
from appointments.models import ContactAttempt, Note, OfferedTime, Request

Status = Request.Status
Channel, Outcome = ContactAttempt.Channel, ContactAttempt.Outcome

DONE = {
    "received": gettext_lazy("We received your request."),
    "took": gettext_lazy("Somebody on our team is working on your request now."),
    "assigned": gettext_lazy("Somebody on our team is working on your request now."),
    "gave back": gettext_lazy("Somebody else on our team will work on your request."),
    "tried": gettext_lazy("We tried to reach you."),
    "offered": gettext_lazy("We offered you times to choose from."),
    "confirmed": gettext_lazy("Your visit was confirmed."),
    "cancelled": gettext_lazy("Your visit was cancelled."),
    "asked": gettext_lazy("We asked you a question."),
    "closed": gettext_lazy("We closed your request."),
    "withdrew": gettext_lazy("You withdrew your request."),
    "merged": gettext_lazy("We closed your request."),  # who sent it is told nothing of the other one
    "reopened": gettext_lazy("We opened your request again."),
    "handed over": gettext_lazy("We gave your request to another team here that can help you better."),
    "other times": gettext_lazy("You asked us for other times."),
    "accepted": gettext_lazy("You took one of the times."),
    "wrote": gettext_lazy("You wrote to us."),
    "contact": gettext_lazy("You changed how we reach you."),
    "came": gettext_lazy("Your visit took place."),
    "missed": gettext_lazy("Your visit did not take place."),
    "earlier": gettext_lazy("You asked us to tell you of earlier times."),
    "not earlier": gettext_lazy("You told us that you want no earlier time."),
    "offered earlier": gettext_lazy("We offered you an earlier time."),
    "declined": gettext_lazy("You kept your visit and gave the earlier time back."),
    "lapsed": gettext_lazy("Your visit is over, and so is your request."),
    "undid": gettext_lazy("We took back our last step. It was a mistake of ours."),
}
_IS_OVER = gettext_lazy("Your visit was on this day. It is over.")
ENDED: dict[str, Any] = {
    OfferedTime.Status.CONFIRMED: _IS_OVER,
    OfferedTime.Status.OVER: _IS_OVER,
    OfferedTime.Status.CAME: DONE["came"],
    OfferedTime.Status.MISSED: DONE["missed"],
}
_CAME = gettext_lazy("Your visit took place. If you need us again, call us or ask for a new appointment.")
_OVER = gettext_lazy("Your visit is over, and so is this request. If you need us again, call us or ask for a new appointment.")
_WITHDRAWN = gettext_lazy("You withdrew this request. You can ask for an appointment again at any time.")
CLOSED: dict[str, tuple[Any, Any]] = {  # to who asks for a child, and to a patient of age
    Request.Reason.CAME: (_CAME, _CAME),
    Request.Reason.WITHDRAWN: (_WITHDRAWN, _WITHDRAWN),
    Request.Reason.MISSED: (
        gettext_lazy("Your visit did not take place. If your child still needs one, call us or ask for a new appointment."),
        gettext_lazy("Your visit did not take place. If you still need one, call us or ask for a new appointment."),
    ),
    Request.Reason.UNKNOWN: (_OVER, _OVER),
}
_CLOSED_BY_US = (
    gettext_lazy("We closed this request. If your child still needs a visit, call us or ask for a new appointment."),
    gettext_lazy("We closed this request. If you still need a visit, call us or ask for a new appointment."),
)
CHANGED = gettext_lazy("Something changed on your request.")
CALLED = {
    Outcome.REACHED: gettext_lazy("We called and spoke with you."),
    Outcome.NO_ANSWER: gettext_lazy("We called and could not reach you."),
    Outcome.LEFT_MESSAGE: gettext_lazy("We called and left a message."),
    Outcome.WRONG_NUMBER: gettext_lazy("We called, and the number did not work. Check it under your contact details."),
}
TRIED = {
    Channel.CALL: CALLED,
    Channel.VOICEMAIL: CALLED | {Outcome.REACHED: gettext_lazy("We left a message, and you called back.")},
    Channel.EMAIL: {
        Outcome.REACHED: gettext_lazy("We sent you an email, and you answered."),
        Outcome.NO_ANSWER: gettext_lazy("We sent you an email and had no answer."),
        Outcome.LEFT_MESSAGE: gettext_lazy("We sent you an email."),
        Outcome.WRONG_NUMBER: gettext_lazy("We sent you an email, and it came back. Check your contact details."),
    },
}


def history(request: Request) -> list[dict[str, Any]]:
    zone = request.department.time_zone
    return [
        {
            "at": event.at,
            "when": time_text.short(event.at, zone),
            "text": attempt(event.attempt, zone) if event.verb == "tried" else done(event.verb),
        }
        for event in request.events.select_related("attempt")
    ]


def done(verb: str) -> str:
    return str(DONE.get(verb, CHANGED))


def attempt(attempt: ContactAttempt, zone: str) -> str:
    """As in “We called and could not reach you. We will try again Wednesday morning”."""
    text = str(TRIED[Channel(attempt.channel)][Outcome(attempt.outcome)])
    if not attempt.next_try_at:
        return text
    when = time_text.half_day(attempt.next_try_at, zone, since=attempt.at)
    again = _("We will try again %(when)s.") % {"when": when}
    return f"{text} {again}"


def status(request: Request) -> str:
    """Where it stands, in one or two words: as it was moved, but for a visit, which ends by the clock."""
    if request.status == Status.CONFIRMED and not request.times.standing().exists():
        return _("Your visit is over")
    return str(request.get_status_display())


def is_asked(request: Request) -> bool:
    """Whether a question of ours waits for the family's answer."""
    last = request.notes.exclude(kind=Note.Kind.STAFF).last()
    return last is not None and last.kind == Note.Kind.QUESTION


def promise(request: Request, now: datetime | None = None) -> str:
    """What the family can count on next, without anything personal; true at `now` (UTC)."""
    now = now or timezone.now()
    if request.status == Status.CLOSED or (request.lapses_at and request.lapses_at <= now):
        return _closed(request)
    if request.status == Status.CONFIRMED:
        return _earlier(request, now) or _confirmed(request, now)
    if request.status == Status.OFFERED:
        return _offered(request, now)
    return _contact(request, now)


def _confirmed(request: Request, now: datetime) -> str:
    times = request.times.all()
    has_offer = any(time.is_on_offer(now) for time in times)
    if not any(time.is_standing(now) for time in times):
        if has_offer:
            return _offered(request, now)
        if request.due_at:  # they asked for other times before the visit was over
            return _contact(request, now)
        return _("If you need anything more from us, write to us here or call us.")
    stands = _("Your visit is confirmed.")
    if has_offer:
        return " ".join([stands, _offered(request, now), _("Until you choose another time, your visit stays as it is.")])
    if request.due_at:  # they asked for other times, or we could not reach them
        return " ".join([stands, _contact(request, now), _("Until we agree on another time, your visit stays as it is.")])
    return _("Your visit is confirmed. If the time no longer suits you, ask us for another one.")


def _earlier(request: Request, now: datetime) -> str:
    """Of an earlier time that is held beside the visit; empty without one."""
    offered = (time for time in request.times.all() if time.is_on_offer(now))
    held = next((time for time in offered if hasattr(time, "earlier_offer")), None)
    if held is None:
        return ""
    by = time_text.full(held.expires_at, request.department.time_zone)
    words = _(
        "An earlier time is free. We hold it for you until %(by)s. Your visit stays as it is, unless you choose the earlier time."
    )
    return words % {"by": by}


def _contact(request: Request, now: datetime) -> str:
    by = time_text.full(request.due_at, request.department.time_zone) if request.due_at else ""
    if request.late_by(now):
        text = _("We wanted to contact you by %(by)s, and we are late. Call us: %(phone)s. We take care of it at once.")
    elif request.status == Status.TRIED:
        text = _("We will try again by %(by)s. You can also call us: %(phone)s.")
    else:
        text = _("We will contact you by %(by)s.")
    return text % {"by": by, "phone": request.department.phone}


def _offered(request: Request, now: datetime) -> str:
    held = [time.expires_at for time in request.times.all() if time.is_on_offer(now)]
    if not held:
        return _("The times we offered are no longer held for you. Ask us for other times.")
    by = time_text.full(max(held), request.department.time_zone)
    return _("We hold the times we offered for you until %(by)s. Choose one, or ask us for others.") % {"by": by}


def _closed(request: Request) -> str:
    """Who sent a duplicate reads the same as others whose request we closed: nothing of the other one."""
    is_patient = request.asker == Request.Asker.PATIENT
    reason = request.closing_reason or Request.Reason.UNKNOWN
    if reason in CLOSED:
        return str(CLOSED[reason][is_patient])
    return " ".join([str(_CLOSED_BY_US[is_patient]), _("If you sent us another request, it stays as it is.")])


def place(time: OfferedTime) -> str:
    return f"{time.location.words['name']}, {time.location.address}" if time.location else _("By video")


def when(time: OfferedTime) -> str:
    """The moment of a visit on the clock it was meant in, and on the child's where that is another."""
    return time_text.full(time.starts_at, time.zone, state=time.request.state if time.is_virtual else "")


def visit(time: OfferedTime) -> dict[str, Any]:
    minutes = int((time.ends_at - time.starts_at).total_seconds() // 60)
    return {"when": when(time), "place": place(time), "minutes": minutes}
