"""What privacy officers do: give a family everything we hold about it, and erase it."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _, gettext_lazy

from appointments import time_text
from appointments.actions.booking import release
from appointments.actions.staff import closing
from appointments.actions.transitions import check_access, lock_request, move, refuse_if_erased
from appointments.column_text import describe
from appointments.handover.actions import post_to_systems
from appointments.messages import TO_STAFF, about_requests, subject_of
from appointments.models import Draft, HandOver, LegalHold, Note, OfferedTime, ReceivingSystem, Request
from appointments.models.request import ERASES
from foundation.audit.actions import record, records_last
from foundation.outbox.models import Message
from foundation.privacy.fields import Column, SealedModel
from foundation.workflow import Refused, Who

PLACED, LIFTED = "placed a legal hold on", "lifted the legal hold on"


@transaction.atomic
def place_hold(*, request: Request, by: User, reason: str, until: date) -> LegalHold:
    """Until the end of the day `until` nothing of it is erased; a hold from before goes on in this one. Raises Refused."""
    check_access(by, request, ERASES)
    row = lock_request(request)
    refuse_if_erased(row)
    if until < timezone.localdate():
        raise Refused(_("The last day must be today or later."))
    row.holds.standing().update(lifted_at=timezone.now())
    hold = LegalHold.objects.create(request=row, by=by, reason=reason, until=until)
    record(by=by, verb=PLACED, obj=row, until=until.isoformat())
    return hold


@transaction.atomic
def lift_hold(*, request: Request, by: User) -> None:
    """From now on the retention period counts again. Raises Refused if none stands."""
    check_access(by, request, ERASES)
    row = lock_request(request)
    if not row.standing_hold:
        raise Refused(_("No legal hold stands on this request."))
    row.holds.standing().update(lifted_at=timezone.now())
    record(by=by, verb=LIFTED, obj=row)


@transaction.atomic
def hold_again(request: Request, *, reason: str, until: date) -> None:
    """Of a hold that a restored backup does not know; its own reason is lost."""
    row = lock_request(request)
    if until >= timezone.localdate() and not row.erased_at:
        LegalHold.objects.create(request=row, reason=reason, until=until)


# What a reader of the copy does not need: keys of ours; what tells of another request (`merged_into`, `ended` and its reason:
# the events say who closed it); what another column says; and the link, which opens the page together with the date of birth in the copy.
LEFT_OUT = set(
    "id seal_id seal_version draft_key link_hash link version calendar_uid calendar_sequence wrong_dates leased_until late_at request "
    "event merged_into ended closing_reason before after due_before seen_at lapses_at replaced_by".split()
)


class Reason(models.TextChoices):
    """Why a request is erased. A choice and not words, since the audit keeps it for years."""

    ASKED = "asked", gettext_lazy("The family asked for it")
    MISTAKE = "mistake", gettext_lazy("It was sent by mistake, or about somebody else")
    RETENTION = "retention", gettext_lazy("The retention period is over")


@transaction.atomic
def erase(request: Request, *, by: Who, reason: str) -> None:
    """Empties what the family told us, in notes and times too, for good. `reason` is one of Reason.

    What stays says nothing about a person: reference, department, events and their dates. Raises Refused while open.
    """
    check_access(by, request, ERASES)
    row = lock_request(request)
    if row.is_open:
        raise Refused(_("Close this request first: the family is told, and its times are free again."))
    if hold := row.standing_hold:
        raise Refused(_("A legal hold stands until %(day)s: nothing of this request is erased.") % {"day": hold.last_day})
    if row.erased_at:
        return
    _erase_ended([row], by=by, reason=reason)
    request.refresh_from_db()


@transaction.atomic
def erase_past_retention(due: models.QuerySet[Request]) -> int:
    """Of the requests `due` those that may be erased at this moment, all or none; says how many.

    Holds are asked for when the rows are ours: one that was placed while we waited counts.
    """
    rows = list(due.filter(erased_at=None).order_by("pk").select_for_update(no_key=True))
    held = {*LegalHold.objects.standing().filter(request__in=[row.pk for row in rows]).values_list("request", flat=True)}
    ended = [row for row in rows if not row.is_open and row.pk not in held]
    with records_last():
        _erase_ended(ended, by="purge", reason=Reason.RETENTION)
    return len(ended)


def _erase_ended(rows: list[Request], *, by: Who, reason: str) -> None:
    """The caller holds the rows."""
    for row in rows:
        if row.has_lapsed:
            _close_lapsed(row)
    _empty(rows, by=by, reason=reason)
    if ReceivingSystem.objects.active().exists():
        for row in rows:
            post_to_systems(row)


@transaction.atomic
def erase_again(request: Request, *, by: str, reason: str) -> None:
    """Erases what an old backup brought back, whatever state it had then, or hold. Nobody is told: all of it was told before."""
    row = lock_request(request)
    if row.erased_at:
        return
    if row.has_lapsed:
        _close_lapsed(row)
    elif row.is_open:
        release(row, by=by, also_confirmed=True)
        move(row, to=Request.Status.CLOSED, by=by, verb="closed", due_at=None, **closing(by, Request.Reason.OTHER))
    _empty([row], by=by, reason=reason)


def _empty(rows: list[Request], *, by: Who, reason: str) -> None:
    numbers = [row.pk for row in rows]
    for model in (Note, OfferedTime, HandOver, LegalHold):
        model._base_manager.filter(request__in=numbers).update(**model.emptied())
    Draft.objects.filter(key__in=[key for row in rows for key in (row.draft_key, row.page_draft_key)]).delete()
    unsent = about_requests().filter(object_id__in=numbers, status__in=[Message.Status.WAITING, Message.Status.HELD])
    unsent.update(status=Message.Status.DROPPED)
    erased = Request.emptied() | {"erased_at": timezone.now(), "version": F("version") + 1}
    Request.objects.filter(pk__in=numbers).update(**erased)
    for row in rows:
        record(by=by, verb="erased", obj=row, reason=Reason(reason).value)


def _close_lapsed(row: Request) -> None:
    """Writes down what the clock has done: only a closed request is erased."""
    release(row, by="clock", also_confirmed=True)
    facts: dict[str, Any] = {"ended": Request.Ended.BY_CLOCK, "closing_reason": Request.Reason.UNKNOWN}
    move(row, to=Request.Status.CLOSED, by="clock", verb="lapsed", due_at=None, closed_at=row.lapses_at, **facts)


@transaction.atomic
def copy_of(request: Request, *, by: Who) -> str:
    """Everything we hold about this request, as text to print or send, in the family's language. A read, so it is audited.

    Of other requests nothing, duplicates included: whoever sent this one need not have sent them.
    """
    check_access(by, request, ERASES)
    record(by=by, verb="copied", obj=request)
    with translation.override(request.site_language):
        return _copy(request)


def _copy(request: Request) -> str:
    zone = request.department.time_zone
    parts = [
        (_("Request"), [request]),
        (_("History"), request.events.select_related("by")),
        (_("How we tried to reach you"), request.attempts.select_related("by")),
        (_("Notes, questions and answers"), request.notes.select_related("by")),
        (_("What you did on your page"), request.family_acts.all()),
        (_("What our other systems were given"), request.hand_overs.select_related("system")),
        (_("Times"), request.times.select_related("clinician", "location", "room")),
    ]
    blocks = [_("What we hold about request %(reference)s") % {"reference": request.reference}]
    for title, rows in parts:
        blocks += [f"{title}\n{'-' * len(title)}", *("\n".join(_lines(row, zone)) for row in rows)]
    blocks.append(f"{_('Messages')}\n{'-' * len(_('Messages'))}")
    for message in about_requests().filter(object_id=request.pk).exclude(kind__in=TO_STAFF).order_by("pk"):
        blocks.append("\n".join([subject_of(message, request.reference), *_lines(message, zone)]))
    return "\n\n".join(filter(None, blocks)) + "\n"


def _lines(row: Any, zone: str) -> Iterator[str]:
    columns = getattr(row, "columns", dict.fromkeys(["status", "leave_at", "sent_at"], Column.PLAIN))
    closed = row.unreadable() if isinstance(row, SealedModel) else []
    for name, column in columns.items():
        if name in LEFT_OUT or column is Column.INDEX:
            continue
        value = None if name in closed else getattr(row, name)
        if isinstance(value, datetime):
            label = capfirst(str(row._meta.get_field(name).verbose_name))
            yield f"{label}: {time_text.full(value, zone)}"
        else:
            yield from (f"{label}: {words}" for label, words in describe(row, name, closed))
