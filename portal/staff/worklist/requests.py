"""What waits for a coordinator, only of their departments; the most pressing first."""

import dataclasses
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from appointments.admin.case_context import describe_act
from appointments.admin.due_dates import due, relative
from appointments.admin.earlier import fit_in_words, freed_hours, in_line
from appointments.earlier_times import families_for
from appointments.messages import messages_for, subject_of
from appointments.models import FamilyAct, HandOver, OfferedTime, ReceivingSystem, Request, RequestEvent
from appointments.models.request import WORKS, is_visible_to
from appointments.time_text import short
from foundation.outbox.models import Message
from foundation.workflow import name_of
from portal.staff.worklist.base import Thing, WaitingList, change_address

QUEUE = "appointments_request"
HANDED_OVER = Exists(RequestEvent.objects.filter(request=OuterRef("pk"), verb="handed over"))


def _open(user: User) -> QuerySet[Request]:
    return Request.objects.visible_to(user).open().in_order().select_related("department")


def _nobodys(user: User) -> QuerySet[Request]:
    return _open(user).our_turn().filter(taken_by=None).annotate(is_handed_over=HANDED_OVER)  # type: ignore[attr-defined]


def _yours(user: User) -> QuerySet[Request]:
    return _open(user).our_turn().filter(taken_by=user)  # type: ignore[attr-defined]


def _overdue_with_colleagues(user: User) -> QuerySet[Request]:
    return _open(user).overdue().exclude(taken_by=None).exclude(taken_by=user).select_related("taken_by")  # type: ignore[attr-defined]


def _left_behind(user: User) -> QuerySet[Request]:
    return _open(user).left_behind().select_related("department", "taken_by")  # type: ignore[attr-defined]


def _family_acts(user: User) -> QuerySet[FamilyAct]:
    unseen = FamilyAct.objects.unseen().filter(is_visible_to(user, "request__"))
    return unseen.select_related("request", "taken", "freed").order_by("-pk")


def _own_visits(user: User) -> QuerySet[OfferedTime]:
    """Of a clinician: to come, or still going on."""
    return OfferedTime.objects.standing().filter(clinician__user=user).select_related("request", "location", "room")


def _visits_over(user: User) -> QuerySet[OfferedTime]:
    over = OfferedTime.objects.over(timezone.now()).filter(request__in=Request.objects.visible_to(user).open())
    return over.select_related("request", "clinician").order_by("-ends_at", "pk")


def _visits_in_doubt(user: User) -> QuerySet[OfferedTime]:
    rows = OfferedTime.objects.in_doubt().filter(is_visible_to(user, "request__"))
    return rows.select_related("request", "clinician").order_by("starts_at", "pk")


def _failed_messages(user: User) -> QuerySet[Message]:
    return messages_for(user).filter(status=Message.Status.FAILED)


def _held_messages(user: User) -> QuerySet[Message]:
    return messages_for(user).filter(status=Message.Status.HELD).order_by("leave_at", "pk")


def _untaken(user: User) -> QuerySet[HandOver]:
    """What a system of the hospital refused, or did not take within a business hour."""
    rows = HandOver.objects.unanswered().filter(is_visible_to(user, "request__"))
    return rows.select_related("request", "system").order_by("pk")


def _request(row: Any, *more: str) -> Thing:
    when = due(row)
    words: Any = when.words
    if when.kind == "overdue":
        words = format_html('<strong class="due-overdue">{}</strong>', words)
    return Thing(row.reference, change_address(row), format_html("{}, {}", words, ", ".join([str(row.department), *more])))


def _free_request(row: Any, *more: str) -> Thing:
    """With the button that takes it."""
    take = [(reverse(f"admin:{QUEUE}_take", args=[row.pk]), _("Take it"))]
    handed_over = [str(_("handed over"))] if getattr(row, "is_handed_over", False) else []
    return dataclasses.replace(_request(row, *handed_over, *more), buttons=take, version=row.version)


def _of_colleague(row: Any) -> Thing:
    return _request(row, name_of(row.taken_by))


def _left_behind_by(row: Any) -> Thing:
    return _free_request(row, name_of(row.taken_by))


def _own_visit(row: OfferedTime) -> Thing:
    where = str(row.room or row.location or _("by video"))
    day = f"?day={row.starts_at.astimezone(ZoneInfo(row.zone)):%Y-%m-%d}"
    return Thing(short(row.starts_at, row.zone), reverse("admin:visits") + day, f"{where}, {row.request.reference}")


def _family_act(row: FamilyAct) -> Thing:
    note = f"{describe_act(row)}, {relative(row.at)}"
    if row.freed:  # a visit that was given back stands out: its hour can be somebody else's
        note = format_html('<strong class="due-overdue">{}</strong>', note)
    return Thing(row.request.reference, change_address(row.request), note)


def _visit_over(row: OfferedTime) -> Thing:
    labels = {"came": _("They came"), "missed": _("They did not come")}
    buttons = [(reverse(f"admin:{QUEUE}_{verb}", args=[row.request_id]), label) for verb, label in labels.items()]
    note = f"{short(row.starts_at, row.zone)}, {row.clinician}"
    return Thing(row.request.reference, change_address(row.request), note, buttons, row.request.version)


def _visit_in_doubt(row: Any) -> Thing:
    whys = {"has_left": _("no longer works there"), "is_away": _("is away"), "is_closed": _("the department is closed")}
    why = next(words for name, words in whys.items() if getattr(row, name))
    return Thing(
        row.request.reference, change_address(row.request), f"{short(row.starts_at, row.zone)}, {row.clinician}: {why}"
    )


def _untaken_by(row: HandOver) -> Thing:
    refused = row.status == HandOver.Status.REFUSED
    words = _("%(system)s refused it") if refused else _("%(system)s has not taken it since %(when)s")
    note = words % {"system": row.system, "when": relative(row.created_at)}
    return Thing(row.request.reference, change_address(row.request), note)


def _with_families(rows: list[OfferedTime]) -> list[tuple[OfferedTime, str]]:
    families = families_for(rows)
    return [(row, fit_in_words(families[row.pk])) for row in rows]


def _freed_hour(found: tuple[OfferedTime, str]) -> Thing:
    row, fits = found
    return Thing(in_line(row), reverse("admin:earlier_hour", args=[row.pk]), fits)


def _failed_message(row: Any) -> Thing:
    note = f"{row.state}, {row.last_fault}" if row.uncertain else row.last_fault
    return Thing(subject_of(row, row.reference), change_address(row), note)


def _held_message(row: Any) -> Thing:
    return Thing(
        subject_of(row, row.reference), change_address(row), _("was to leave %(moment)s") % {"moment": relative(row.leave_at)}
    )


LISTS = [
    WaitingList(
        "",
        _("Your visits"),
        _("No visit with you is agreed."),
        rows=_own_visits,
        thing=_own_visit,
        every="visits",
        concerns=lambda user: hasattr(user, "clinician"),
    ),
    WaitingList(
        WORKS,
        _("Nobody’s yet"),
        _("Somebody works on every request."),
        rows=_nobodys,
        thing=_free_request,
        every=f"{QUEUE}_changelist?turn=us&taken=nobody",
    ),
    WaitingList(
        WORKS,
        _("Yours"),
        _("None that you took waits for you."),
        rows=_yours,
        thing=_request,
        every=f"{QUEUE}_changelist?turn=us&taken=me",
    ),
    WaitingList(
        WORKS,
        _("Overdue, with a colleague"),
        _("No request of a colleague is overdue."),
        rows=_overdue_with_colleagues,
        thing=_of_colleague,
        every=f"{QUEUE}_changelist?turn=all&due=overdue&taken=others",
    ),
    WaitingList(
        WORKS,
        _("With somebody who left"),
        _("Nobody who left holds a request."),
        rows=_left_behind,
        thing=_left_behind_by,
        every=f"{QUEUE}_changelist?turn=all&taken=left",
    ),
    WaitingList(
        WORKS,
        _("What families did"),
        _("Everything that families did is seen."),
        rows=_family_acts,
        thing=_family_act,
        every=f"{QUEUE}_changelist?turn=all&words=unread&state=all",
    ),
    WaitingList(
        WORKS,
        _("Visits that cannot be as they are"),
        _("No visit stands on a day away or a closed day."),
        rows=_visits_in_doubt,
        thing=_visit_in_doubt,
        every=f"{QUEUE}_changelist?turn=visit",
    ),
    WaitingList(
        WORKS,
        _("These times came free"),
        _("No time came free that another family could have."),
        rows=freed_hours,
        prepare=_with_families,
        thing=_freed_hour,
        every="earlier",
    ),
    WaitingList(
        WORKS,
        _("Visits that are over: say how they ended"),
        _("Of every visit that is over it is said how it ended."),
        rows=_visits_over,
        thing=_visit_over,
        every=f"{QUEUE}_changelist?turn=over",
    ),
    WaitingList(
        WORKS,
        _("Not in the hospital’s system yet"),
        _("The hospital’s systems took every request."),
        rows=_untaken,
        thing=_untaken_by,
        every=f"{QUEUE}_changelist?turn=all&system=untaken",
        concerns=lambda user: ReceivingSystem.objects.active().exists(),
    ),
    WaitingList(
        WORKS,
        _("Messages that failed"),
        _("Every message to a family left."),
        rows=_failed_messages,
        thing=_failed_message,
        every="outbox_message_changelist?status__exact=failed",
        remembers="that it is empty",
    ),
    WaitingList(
        "outbox.change_message",
        _("Messages that came back with a backup"),
        "",
        rows=_held_messages,
        thing=_held_message,
        every="outbox_message_changelist?status__exact=held",
        remembers="that it is empty",
    ),
]
