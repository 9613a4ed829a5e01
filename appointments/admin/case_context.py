"""What the page of a case tells: who and what, times, history. Reads personal data; the page records that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import status_text
from appointments.admin.due_dates import moment
from appointments.answers import fact
from appointments.messages import KINDS, ours
from appointments.models import FamilyAct, Note, Request, Step
from appointments.times import short
from foundation.outbox.models import Message
from foundation.privacy.fields import SealedModel

STEPS = {
    "received": gettext_lazy("sent the request"),
    "took": gettext_lazy("took it"),
    "tried": gettext_lazy("tried to reach the family"),
    "offered": gettext_lazy("offered times"),
    "confirmed": gettext_lazy("confirmed a time"),
    "asked": gettext_lazy("asked the family"),
    "other times": gettext_lazy("asked for other times"),
    "withdrew": gettext_lazy("withdrew the request"),
    "closed": gettext_lazy("closed it"),
    "merged": gettext_lazy("merged it into another request"),
    "reopened": gettext_lazy("opened it again"),
    "came": gettext_lazy("noted that the family came"),
    "missed": gettext_lazy("noted that the family did not come"),
    "handed over": gettext_lazy("handed it over"),
    "undid": gettext_lazy("took back the last step"),
}
SAYS_STATE = {
    "received",
    "offered",
    "confirmed",
    "closed",
    "withdrew",
    "merged",
    "came",
    "missed",
}  # steps that are called like the state after
NOTES = {
    Note.Kind.QUESTION: gettext_lazy("asked the family"),
    Note.Kind.ANSWER: gettext_lazy("wrote"),
    Note.Kind.STAFF: gettext_lazy("noted for staff"),
}
PARTS = [
    (
        gettext_lazy("Who"),
        ["child_name", "child_liked_name", "child_born", "asker_name", "asker", "phone", "email", "contact"],
    ),
    (
        gettext_lazy("What"),
        ["department", "condition", "visit", "mode", "state", "language", "interpreter", "referring_doctor", "note"],
    ),
    (gettext_lazy("When they can"), ["wishes"]),
]


@dataclass(frozen=True)
class Entry:
    """One line of the history; `kind` is a step, or who wrote to whom."""

    at: datetime
    when: str
    who: str
    what: str
    kind: str
    words: str = ""
    more: str = ""
    undone: bool = False


def facts(row: Request) -> list[tuple[str, list[tuple[str, str]]]]:
    """(title, (label, value) of what is known) of each part. What no key opens any more says so."""
    closed = row.unreadable()
    return [(str(title), [pair for name in names for pair in fact(row, name, closed)]) for title, names in PARTS]


def wished(row: Request) -> list[tuple[str, str]]:
    """When they can come, for pages on which times are chosen."""
    return fact(row, "wishes", row.unreadable())


def times(row: Request) -> list[tuple[str, str, str, str]]:
    """(state, when, with whom, where) of every time, those that count first."""
    found = row.times.select_related("clinician", "location", "room", "request")
    now = timezone.now()
    order = ["confirmed", "offered", "came", "missed", "over", "cancelled", "released"]
    return [
        (
            _state(time, now),
            status_text.when(time),
            str(time.clinician),
            readable(time, "video_link") or str(time.room or time.location or ""),
        )
        for time in sorted(found, key=lambda time: order.index(time.status))
    ]


def _state(time: Any, now: datetime) -> str:
    if time.status == "confirmed" and time.ends_at <= now:
        return _("Confirmed, and over by now")
    if time.status != "offered":
        return str(time.get_status_display())
    if time.expires_at <= now:
        return _("Offered, no longer held")
    return _("Offered, held until %(when)s") % {"when": moment(time.expires_at, time.zone)}


def history(row: Request) -> list[Entry]:
    """Steps, attempts, words of both sides and staff notes, newest first, on the department's clock."""
    zone = row.department.time_zone
    steps: list[Entry] = []
    stands: list[Step] = []
    for step in row.steps.select_related("by", "attempt"):
        undone = stands.pop() if step.verb == "undid" else None
        if not undone:
            stands.append(step)
        if step.verb != "asked" or step.undone:
            steps.append(_step(step, zone, more=_again(undone, stands)))
    notes = [_note(note, zone) for note in row.notes.select_related("by")]
    changed = [
        Entry(act.at, moment(act.at, zone), who(None), act.get_what_display(), "step")
        for act in row.family_acts.filter(what=FamilyAct.What.CONTACT)
    ]
    return sorted([*steps, *notes, *changed], key=lambda entry: entry.at)[::-1]


def _again(undone: Step | None, stands: list[Step]) -> str:
    """Who has the request once more after “took it” was taken back; `stands` are the steps that then still count."""
    if undone is None or undone.verb != "took":
        return ""
    last = next((step for step in reversed(stands) if step.verb in {"took", "handed over"}), None)
    if last is None or last.verb != "took" or last.by is None:
        return _("nobody works on it")
    return _("%(who)s works on it again") % {"who": who(last.by)}


def _step(step: Step, zone: str, more: str = "") -> Entry:
    what = str(STEPS.get(step.verb, step.verb))
    if step.verb == "tried":
        attempt = step.attempt
        more = str(attempt)
        if attempt.next_try_at:
            more += _("; next try %(when)s") % {"when": moment(attempt.next_try_at, zone)}
    elif not more and step.after != step.before and step.verb not in SAYS_STATE:
        more = str(Request.Status(step.after).label)
    return Entry(step.at, moment(step.at, zone), who(step.by), what, "step", more=more, undone=step.undone)


def _note(note: Note, zone: str) -> Entry:
    return Entry(
        note.at, moment(note.at, zone), who(note.by), str(NOTES[Note.Kind(note.kind)]), note.kind, readable(note, "words")
    )


def readable(row: SealedModel, column: str) -> str:
    """What a sealed column says, if it still opens."""
    return _("cannot be read any more") if column in row.unreadable() else str(getattr(row, column))


def who(by: User | None) -> str:
    """A colleague by name, else the family (or a command)."""
    return (by.get_full_name() or by.get_username()) if by else _("The family")


def alike(row: Request, by: User) -> list[tuple[Request, str]]:
    """(request, where it stands) of other open ones that are perhaps for the same child, as far as `by` sees them."""
    if not row.is_open:
        return []
    others = Request.objects.visible_to(by).open().filter(row.same_child()).exclude(pk=row.pk).select_related("department")
    told = _("%(state)s, %(department)s, received %(when)s")
    return [
        (
            other,
            told % {"state": other.get_status_display(), "department": other.department, "when": moment(other.received_at)},
        )
        for other in others.order_by("pk")[:5]
    ]


def unread(row: Request) -> list[tuple[int, str]]:
    """(number, words) of what the family wrote and nobody has read, oldest first."""
    return [(note.pk, readable(note, "words")) for note in row.notes.unread()]


def unseen(row: Request) -> list[tuple[int, str, str]]:
    """(number, when, what) of what the family did and nobody has seen, oldest first; words stand in `unread`."""
    acts = row.family_acts.unseen().select_related("taken", "freed")
    return [(act.pk, moment(act.at, row.department.time_zone), did(act)) for act in acts]


def did(act: FamilyAct) -> str:
    """What the family did, with the visit that is theirs by it and the one whose hour is free again."""
    said = [str(act.get_what_display())]
    if act.taken:
        said.append(_("the visit is %(when)s") % {"when": short(act.taken.starts_at, act.taken.zone)})
    if act.freed:
        said.append(_("the visit %(when)s is cancelled, its hour is free again") % {"when": freed(act)})
    return "; ".join(said)


def freed(act: FamilyAct) -> str:
    """The hour that a family gave back: day, date and clock."""
    return short(act.freed.starts_at, act.freed.zone) if act.freed else ""


def last(row: Request) -> Entry | None:
    """The latest step, for pages that ask."""
    step = row.steps.select_related("by", "attempt").last()
    return _step(step, row.department.time_zone) if step else None


def mail(row: Request) -> list[tuple[Message, str, str]]:
    """(message, its subject, what became of it), newest first."""
    zone = row.department.time_zone
    return [
        (message, str(KINDS[message.kind].subject) % {"reference": row.reference}, _sent(message, zone))
        for message in ours().filter(object_id=row.pk)
    ]


def _sent(message: Message, zone: str) -> str:
    state = message.state
    if message.sent_at:
        return f"{state} {moment(message.sent_at, zone)}"
    if message.status == Message.Status.WAITING:
        return _("%(state)s, next try %(when)s") % {"state": state, "when": moment(message.next_try_at, zone)}
    return f"{state} ({message.last_fault})" if message.last_fault else state
