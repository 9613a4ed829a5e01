"""What the page of a case shows: who and what, times, history. Reads personal data; the page records that."""

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from appointments import status_text
from appointments.admin.due_dates import relative
from appointments.column_text import describe, describe_all
from appointments.messages import about_requests, subject_of
from appointments.models import FamilyAct, Note, OfferedTime, Request, RequestEvent
from appointments.time_text import short
from foundation.outbox.models import Message
from foundation.privacy.fields import SealedModel
from foundation.workflow import name_of

EVENTS = {
    "received": gettext_lazy("sent the request"),
    "took": gettext_lazy("took it"),
    "assigned": gettext_lazy("gave it to"),
    "gave back": gettext_lazy("gave it back"),
    "tried": gettext_lazy("tried to reach the family"),
    "offered": gettext_lazy("offered times"),
    "confirmed": gettext_lazy("confirmed a time"),
    "cancelled": gettext_lazy("cancelled the visit"),
    "asked": gettext_lazy("asked the family"),
    "other times": gettext_lazy("asked for other times"),
    "withdrew": gettext_lazy("withdrew the request"),
    "closed": gettext_lazy("closed it"),
    "merged": gettext_lazy("merged it into another request"),
    "reopened": gettext_lazy("opened it again"),
    "came": gettext_lazy("noted that the family came"),
    "missed": gettext_lazy("noted that the family did not come"),
    "handed over": gettext_lazy("handed it over"),
    "earlier": gettext_lazy("noted the wish for an earlier time"),
    "not earlier": gettext_lazy("noted that no earlier time is wanted"),
    "offered earlier": gettext_lazy("offered an earlier time"),
    "declined": gettext_lazy("kept the visit and gave the earlier time back"),
    "lapsed": gettext_lazy("said how the visit ended, so it ended by itself"),
    "undid": gettext_lazy("took back the last step"),
}
NAMES_STATE = {"received", "offered", "confirmed", "closed", "withdrew", "merged", "came", "missed"}  # the state after it
NOTES = {
    Note.Kind.QUESTION: EVENTS["asked"],
    Note.Kind.ANSWER: gettext_lazy("wrote"),
    Note.Kind.STAFF: gettext_lazy("noted for staff"),
}
ORDER = ["confirmed", "offered", "came", "missed", "over", "cancelled", "released"]  # of times: those that count first


class HistoryLine(NamedTuple):
    """`kind` is "event", or who wrote to whom."""

    at: datetime
    when: str
    who: str
    what: str
    kind: str = "event"
    words: str = ""
    more: str = ""
    undone: bool = False


def case_context(row: Request, by: User) -> dict[str, Any]:
    """`unseen` are (number, when, what) of what the family did and nobody has seen, oldest first; its words stand in `unread`."""
    unread = [(note.pk, readable(note, "words")) for note in row.notes.unread()]
    zone, acts = row.department.time_zone, row.family_acts.unseen().select_related("taken", "freed")
    unseen = [(act.pk, relative(act.at, zone), describe_act(act)) for act in acts]
    return {
        "alike": _alike(row, by),
        "closing": readable(row, "closing_words"),
        "facts": describe_all(row, row.unreadable()),
        "of_age": row.is_of_age and row.asker != Request.Asker.PATIENT,
        "times": _times(row),
        "history": _history(row),
        "unread": unread,
        "upto": unread[-1][0] if unread else 0,
        "unseen": unseen,
        "acts": unseen[-1][0] if unseen else 0,
        "mail": _mail(row),
        "hand_overs": _hand_overs(row),
    }


def times_wished(row: Request) -> list[tuple[str, str]]:
    return describe(row, "wishes", row.unreadable())


def _times(row: Request) -> list[tuple[str, str, str, str]]:
    times = row.times.select_related("clinician", "location", "room", "request")
    now = timezone.now()
    places = {time.pk: readable(time, "video_link") or str(time.room or time.location or "") for time in times}
    return [
        (_time_state(time, now), status_text.when(time), str(time.clinician), places[time.pk])
        for time in sorted(times, key=lambda time: ORDER.index(time.status))
    ]


def _time_state(time: OfferedTime, now: datetime) -> str:
    if time.status == "confirmed" and time.ends_at <= now:
        return _("Confirmed, and over by now")
    if time.status == "cancelled":  # like “Moved by the family, less than a day before”
        words = _("Moved by %(whom)s") if time.replaced_by_id else _("Cancelled by %(whom)s")
        return words % {"whom": time.get_ended_by_display()} + (_(", less than a day before") if time.was_late else "")
    if time.status != "offered":
        return str(time.get_status_display())
    if time.expires_at <= now:
        return _("Offered, no longer held")
    return _("Offered, held until %(when)s") % {"when": relative(time.expires_at, time.zone)}


def _history(row: Request) -> list[HistoryLine]:
    zone = row.department.time_zone
    lines: list[HistoryLine] = []
    before: RequestEvent | None = None
    for event in row.events.select_related("by", "holder", "attempt"):
        if event.verb != "asked" or event.undone:  # the question stands among the notes
            lines.append(_event_line(event, zone, more=_holder_again(event, before)))
        before = event
    for note in row.notes.select_related("by"):
        what, words = str(NOTES[Note.Kind(note.kind)]), readable(note, "words")
        lines.append(HistoryLine(note.at, relative(note.at, zone), who(note.by), what, note.kind, words))
    lines += [
        HistoryLine(act.at, relative(act.at, zone), who(None), act.get_what_display())
        for act in row.family_acts.filter(what=FamilyAct.What.CONTACT)
    ]
    return sorted(lines, key=lambda line: line.at)[::-1]


def _holder_again(event: RequestEvent, before: RequestEvent | None) -> str:
    """Who has the request, where a step that gave it to somebody else was taken back."""
    if event.verb != "undid" or before is None or before.holder == event.holder:
        return ""
    return _("%(who)s works on it again") % {"who": who(event.holder)} if event.holder else _("nobody works on it")


def _event_line(event: RequestEvent, zone: str, more: str = "") -> HistoryLine:
    what = str(EVENTS.get(event.verb, event.verb))
    if event.verb == "tried":
        attempt = event.attempt
        more = str(attempt)
        if attempt.next_try_at:
            more += _("; next try %(when)s") % {"when": relative(attempt.next_try_at, zone)}
    elif event.verb == "assigned":
        more = who(event.holder)
    elif not more and event.after != event.before and event.verb not in NAMES_STATE:
        more = str(Request.Status(event.after).label)
    return HistoryLine(event.at, relative(event.at, zone), who(event.by), what, more=more, undone=event.undone)


def last_line(row: Request) -> HistoryLine | None:
    event = row.events.select_related("by", "attempt").last()
    return _event_line(event, row.department.time_zone) if event else None


def readable(row: SealedModel, column: str) -> str:
    return _("cannot be read any more") if column in row.unreadable() else str(getattr(row, column))


def who(by: User | None) -> str:
    """A colleague by name, else the family (or a command)."""
    return name_of(by) if by else _("The family")


def _alike(row: Request, by: User) -> list[tuple[Request, str]]:
    """(request, where it stands) of other open ones that are perhaps for the same child, as far as `by` sees them."""
    if not row.is_open:
        return []
    others = Request.objects.visible_to(by).open().filter(row.same_child()).exclude(pk=row.pk).select_related("department")
    words = _("%(state)s, %(department)s, received %(when)s")
    return [
        (each, words % {"state": each.get_status_display(), "department": each.department, "when": relative(each.received_at)})
        for each in others.order_by("pk")[:5]
    ]


def describe_act(act: FamilyAct) -> str:
    """What the family did, with the visit that is theirs by it and the one whose hour is free again."""
    parts = [str(act.get_what_display())]
    if act.taken:
        parts.append(_("the visit is %(when)s") % {"when": short(act.taken.starts_at, act.taken.zone)})
    if act.freed:
        hour = short(act.freed.starts_at, act.freed.zone)
        parts.append(_("the visit %(when)s is cancelled, its hour is free again") % {"when": hour})
    return "; ".join(parts)


def _hand_overs(row: Request) -> list[tuple[str, str, str]]:
    """(which system and version, what became of it and when, in their words) of what the hospital's systems were given."""
    found = []
    for given in row.hand_overs.select_related("system", "request"):
        number, at = readable(given, "number"), relative(given.answered_at or given.created_at, row.department.time_zone)
        words = _("%(state)s %(when)s, their number is %(number)s") if number else _("%(state)s %(when)s")
        state = words % {"state": given.get_status_display(), "when": at, "number": number}
        found.append((f"{given.system}, {given}", state, readable(given, "reason")))
    return found


def _mail(row: Request) -> list[tuple[Message, str, str]]:
    zone = row.department.time_zone
    return [
        (message, subject_of(message, row.reference), _message_state(message, zone))
        for message in about_requests().filter(object_id=row.pk)
    ]


def _message_state(message: Message, zone: str) -> str:
    state = message.state
    if message.sent_at:
        return f"{state} {relative(message.sent_at, zone)}"
    if message.status == Message.Status.WAITING:
        return _("%(state)s, next try %(when)s") % {"state": state, "when": relative(message.next_try_at, zone)}
    return f"{state} ({message.last_fault})" if message.last_fault else state
