"""What coordinators do with a request. Each verb takes `seen`: the version the person had on the screen."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import business_hours, departments
from appointments.actions.booking import Slot, cancel, hold, post_reminders, release, visit_to_cancel
from appointments.actions.transitions import (
    FAMILY,
    check_access,
    inform,
    lock_request,
    mark_acts_seen,
    move,
    notify_family,
    refuse_if_changed,
    refuse_if_closed,
    refuse_if_erased,
)
from appointments.handover.actions import close_hand_over, post_to_systems
from appointments.models import ContactAttempt, HandOver, Note, OfferedTime, ReceivingSystem, Request, RequestEvent
from directory.models import Department
from foundation.audit.actions import record
from foundation.privacy import tokens
from foundation.workflow import Refused, name_of

Status = Request.Status


@transaction.atomic
def take(*, request: Request, by: User, seen: int | None = None) -> RequestEvent:
    """“I work on this one”."""
    check_access(by, request)
    return _change_hands(request, by=by, to=by, verb="took", told=request.taken_by, seen=seen)


@transaction.atomic
def assign(*, request: Request, by: User, to: User, seen: int | None = None) -> RequestEvent:
    """To a colleague who may work on it."""
    check_access(by, request)
    return hand_on(request=request, by=by, to=to, seen=seen)


@transaction.atomic
def hand_on(*, request: Request, by: User, to: User, seen: int | None = None) -> RequestEvent:
    """As `assign`, by whoever records that a colleague left, who need not work on requests."""
    refuse_if_closed(request)
    if not departments.coordinators_of(request.department).filter(pk=to.pk).exists():
        raise Refused(_("%(who)s does not work on requests of this department.") % {"who": name_of(to)})
    return _change_hands(request, by=by, to=to, verb="assigned", told=to, seen=seen)


@transaction.atomic
def give_back(*, request: Request, by: User, seen: int | None = None) -> RequestEvent:
    """Nobody works on it any more: it waits for all, and the promise stays."""
    check_access(by, request)
    return _change_hands(request, by=by, to=None, verb="gave back", told=request.taken_by, seen=seen)


def _change_hands(
    request: Request, *, by: User, to: User | None, verb: str, told: User | None, seen: int | None
) -> RequestEvent:
    """A received request that somebody has is being read from now on. The colleague `told` reads of it, unless it was their own act."""
    refuse_if_closed(request)
    status = Status.READING if to and request.status == Status.RECEIVED else request.status
    event = move(request, to=status, by=by, verb=verb, due_at=request.due_at, seen=seen, taken_by=to)
    inform(request, verb, colleague=told if told != by else None, event=event.pk)
    return event


@transaction.atomic
def record_attempt(
    *, request: Request, by: User, channel: str, outcome: str, next_try_at: datetime | None = None, seen: int | None = None
) -> ContactAttempt:
    """A try to reach the family, in the history that they read too. Not reached: they are told when we try again.

    `next_try_at` (UTC) defaults to one business day on; it becomes the moment the request is due.
    """
    check_access(by, request)
    refuse_if_closed(request)
    reached = outcome == ContactAttempt.Outcome.REACHED
    again = None if reached else next_try_at or business_hours.due(request.department, hours=8)
    to = request.status if reached or request.status in {Status.OFFERED, Status.CONFIRMED} else Status.TRIED
    due_at = request.due_at if reached else again
    event = move(request, to=to, by=by, verb="tried", due_at=due_at, seen=seen, reached=reached)
    attempt = ContactAttempt.objects.create(
        request=request, event=event, by=by, channel=channel, outcome=outcome, next_try_at=again
    )
    inform(request, "reached" if reached else "tried", attempt=attempt.pk)
    return attempt


@transaction.atomic
def offer(*, request: Request, by: User, slots: list[Slot], seen: int | None = None) -> list[OfferedTime]:
    """Offers times and holds them. Earlier offers are released; a confirmed visit stands until another is confirmed.

    While one stands nothing is due when the offer lapses: the family has its visit.
    """
    check_access(by, request)
    if not slots:
        raise Refused(_("Add at least one time."))
    times = hold(request, slots, by=by)
    has_visit = request.times.standing().exists()
    to, due_at = (Status.CONFIRMED, None) if has_visit else (Status.OFFERED, times[0].expires_at)
    event = move(request, to=to, by=by, verb="offered", due_at=due_at, seen=seen)
    inform(request, "offered", event=event.pk)
    return times


@transaction.atomic
def confirm_by_phone(*, request: Request, by: User, slot: Slot, seen: int | None = None) -> OfferedTime:
    check_access(by, request)
    before = visit_to_cancel(request)
    time = hold(request, [slot], by=by, status=OfferedTime.Status.CONFIRMED)[0]
    confirm_time(request, time, before=before, by=by, seen=seen)
    return time


def confirm_time(request: Request, time: OfferedTime, *, before: OfferedTime | None, by: User | str, seen: int | None) -> None:
    """`before` is the visit in whose place this one comes."""
    if before:
        request.times.filter(pk=before.pk).update(replaced_by=time)
    sequence = request.calendar_sequence + 1 if request.events.filter(verb="confirmed").exists() else 0
    event = move(request, to=Status.CONFIRMED, by=by, verb="confirmed", due_at=None, seen=seen, calendar_sequence=sequence)
    act = "accepted" if by == FAMILY else "confirmed"
    inform(request, act, visit=time, freed=before, time=time.pk, event=event.pk)
    post_reminders(request, time)


@transaction.atomic
def cancel_visit(*, request: Request, by: User, for_family: bool, seen: int | None = None) -> RequestEvent:
    """The visit to come does not take place, and the request goes on: with what is on offer, or with a new promise.

    `for_family`: they asked for it, by phone; else it is ours, as when a clinician is ill.
    """
    check_access(by, request)
    visit = visit_to_cancel(lock_request(request))
    if visit is None:
        raise Refused(_("There is no visit to come here."))
    cancel(visit, by=FAMILY if for_family else by)
    on_offer = request.times.on_offer().first()
    to, due_at = (
        (Status.OFFERED, on_offer.expires_at) if on_offer else (Status.READING, business_hours.due(request.department))
    )
    sequence = request.calendar_sequence + 1
    event = move(request, to=to, by=by, verb="cancelled", due_at=due_at, seen=seen, calendar_sequence=sequence)
    inform(request, "cancelled", freed=visit, time=visit.pk, event=event.pk)
    return event


@transaction.atomic
def ask_question(*, request: Request, by: User, words: str, seen: int | None = None) -> Note:
    check_access(by, request)
    refuse_if_closed(request)
    event = move(request, to=request.status, by=by, verb="asked", due_at=request.due_at, seen=seen)
    note = Note.objects.create(request=request, kind=Note.Kind.QUESTION, by=by, words=words.strip())
    inform(request, "asked", event=event.pk)
    return note


@transaction.atomic
def write_note(*, request: Request, by: User, words: str) -> Note:
    check_access(by, request)
    refuse_if_erased(lock_request(request))
    record(by=by, verb="wrote a note on", obj=request)
    return Note.objects.create(request=request, kind=Note.Kind.STAFF, by=by, words=words.strip())


@transaction.atomic
def mark_read(*, request: Request, by: User, upto: int, acts: int = 0) -> int:
    """What the family wrote and did, up to the note `upto` and the act `acts` on the screen, is seen; tells how many were new."""
    check_access(by, request)
    unread = request.notes.unread().filter(pk__lte=upto)
    count = unread.update(read_at=timezone.now()) + mark_acts_seen(request, upto=acts)
    if count:
        record(by=by, verb="read the words of", obj=request)
    return count


@transaction.atomic
def close(*, request: Request, by: User, reason: str, words: str, seen: int | None = None) -> RequestEvent:
    """`reason` is one of Request.Reason, counted; the `words` are for the family."""
    check_access(by, request)
    if not words.strip():
        raise Refused(_("Say why; the family reads it."))
    request.closing_words = words.strip()
    return end_request(request, by=by, reason=reason, verb="closed", seen=seen)


def end_request(request: Request, *, by: User | str, reason: str, verb: str, seen: int | None) -> RequestEvent:
    """Closes, frees every time, cancels the calendar entry. In the caller's transaction; `closing_words` may be set."""
    row = lock_request(request)
    if not row.is_open and row.version == (request.version if seen is None else seen):
        raise Refused(_("This request is closed already."))
    cancelled = visit_to_cancel(request)
    words = request.closing_words
    whose = FAMILY if reason == Request.Reason.WITHDRAWN else by  # by phone as well
    release(request, by=whose, also_confirmed=True)
    facts = closing(whose, reason) | {"calendar_sequence": request.calendar_sequence + bool(cancelled)}
    event = move(request, to=Status.CLOSED, by=by, verb=verb, due_at=None, seen=seen, **facts)
    request.closing_words = words
    request.save(update_fields=["closing_words"])
    detail: dict[str, Any] = {"time": cancelled.pk} if cancelled else {}
    inform(request, verb, freed=cancelled, event=event.pk, **detail)
    return event


def closing(whose: User | str, reason: str) -> dict[str, Any]:
    """The columns that say when, by whom and why a request is closed."""
    ended = Request.Ended.BY_FAMILY if whose == FAMILY else Request.Ended.BY_US
    return {"closed_at": timezone.now(), "ended": ended, "closing_reason": Request.Reason(reason)}


@transaction.atomic
def renew_link(*, request: Request, by: User, seen: int | None = None) -> None:
    """The old link opens nothing any more; the new one goes to the email address of the request. Tries count anew.

    Without an address nobody could be sent another: then the link stays, and the tries alone count anew.
    """
    check_access(by, request)
    row = lock_request(request)
    refuse_if_erased(row)
    refuse_if_changed(row, request.version if seen is None else seen)
    row.wrong_dates = 0
    if row.email_index:
        row.link, row.link_hash = tokens.new()
        notify_family(row, "link")
    row.save(update_fields=["wrong_dates", "link", "link_hash"])
    record(by=by, verb="renewed the link of", obj=row)
    request.refresh_from_db()


@transaction.atomic
def reopen(*, request: Request, by: User, seen: int | None = None) -> RequestEvent:
    check_access(by, request)
    if not request.can_reopen:
        raise Refused(_("This request cannot be opened again."))
    due_at = business_hours.due(request.department)
    open_again: dict[str, Any] = {"closed_at": None, "ended": "", "closing_reason": ""}
    event = move(request, to=Status.READING, by=by, verb="reopened", due_at=due_at, seen=seen, **open_again)
    inform(request, "reopened", event=event.pk)
    return event


@transaction.atomic
def hand_over(*, request: Request, by: User, department: Department, reason: str, seen: int | None = None) -> RequestEvent:
    """To another department, which has a promise of its own and reads the `reason`; times on offer are released.

    Only where somebody receives it. It is for them to give it back.
    """
    check_access(by, request)
    if not departments.with_receiver().filter(pk=department.pk).exists():
        words = _(
            "Nobody receives requests of %(department)s: it has no inbox and no coordinator who can sign in. Choose another, or call."
        )
        raise Refused(words % {"department": department})
    if not reason.strip():
        raise Refused(_("Say why, for those who receive it."))
    if request.status in {Status.CONFIRMED, Status.CLOSED}:
        raise Refused(_("A confirmed or closed request stays where it is."))
    lock_request(request)
    release(request, by=by)
    before, due_at = request.taken_by, business_hours.due(department)
    facts: dict[str, Any] = {"department": department, "taken_by": None}
    event = move(request, to=Status.READING, by=by, verb="handed over", due_at=due_at, seen=seen, **facts)
    Note.objects.create(request=request, kind=Note.Kind.STAFF, by=by, words=reason.strip())
    inform(request, "handed over", colleague=before if before != by else None, event=event.pk)
    return event


@transaction.atomic
def merge(*, request: Request, by: User, into: Request, words: str = "", seen: int | None = None) -> RequestEvent:
    """Closes a duplicate of another open request. For staff the two are linked; nothing of one reaches the other.

    Its sender reads that it is closed, and the `words` of staff. Who sent it may know the child without being its family.
    """
    check_access(by, request)
    check_access(by, into)
    both = Request.objects.select_for_update(no_key=True).filter(pk__in=[request.pk, into.pk]).order_by("pk")
    if not any(row.is_open for row in both if row.pk == into.pk != request.pk):
        raise Refused(_("Choose another request that is still open."))
    Request.objects.filter(pk=request.pk).update(merged_into=into)
    request.closing_words = words.strip()
    return end_request(request, by=by, reason=Request.Reason.DUPLICATE, verb="merged", seen=seen)


@transaction.atomic
def record_outcome(*, request: Request, by: User, came: bool, seen: int | None = None) -> RequestEvent:
    """They came, or did not; the family is sent nothing. Closes the request, and retention begins; one that goes on with another visit stays open.

    So does one of a family that did not come and whom we owe an answer: it asked for other times, or we were to call again.
    """
    check_access(by, request)
    lock_request(request)
    visit = request.times.over().first()
    if visit is None:
        raise Refused(_("There is no visit here whose hour is over."))
    ended, verb = (OfferedTime.Status.CAME, "came") if came else (OfferedTime.Status.MISSED, "missed")
    said = {"ended_at": timezone.now(), "ended_by": OfferedTime.Ended.BY_US}
    request.times.filter(pk=visit.pk).update(status=ended, **said)
    on_offer = request.times.on_offer().first()
    if request.status != Status.CONFIRMED or on_offer or (not came and request.due_at):
        to = request.status if request.status != Status.CONFIRMED else Status.OFFERED if on_offer else Status.READING
        due_at = on_offer.expires_at if on_offer else request.due_at
        return move(request, to=to, by=by, verb=verb, due_at=due_at, seen=seen)
    release(request, by=by)
    facts = closing(by, ended.value)
    if request.has_lapsed:  # retention counts from there already
        facts["closed_at"] = request.lapses_at
    return move(request, to=Status.CLOSED, by=by, verb=verb, due_at=None, seen=seen, **facts)


@transaction.atomic
def send_to_systems_again(*, request: Request, by: User, seen: int | None = None) -> None:
    """A new version for those that refused the last, or did not take it."""
    check_access(by, request)
    systems = ReceivingSystem.objects.filter(pk__in=_unanswered(request, seen).values("system"))
    post_to_systems(request, systems=systems)
    record(by=by, verb="sent to a system again", obj=request)


@transaction.atomic
def enter_by_hand(*, request: Request, by: User, number: str = "", seen: int | None = None) -> None:
    """Staff entered it in the system themselves: nothing waits there any more."""
    check_access(by, request)
    for row in _unanswered(request, seen).select_related("request"):
        close_hand_over(row, status=HandOver.Status.TAKEN, number=number)
    record(by=by, verb="entered in a system by hand", obj=request)


def _unanswered(request: Request, seen: int | None) -> QuerySet[HandOver]:
    """Raises Refused where nothing waits any more, as when the system answered meanwhile."""
    row = lock_request(request)
    refuse_if_changed(row, row.version if seen is None else seen)
    rows = HandOver.objects.unanswered().filter(request=request)
    if not rows.exists():
        raise Refused(_("It is taken by now. There is nothing to do."))
    return rows
