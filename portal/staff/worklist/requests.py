"""What waits for a coordinator, only of their departments; the most pressing first."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from appointments.admin.case_context import describe_act
from appointments.admin.due_dates import due, relative
from appointments.admin.earlier import fit_in_words, freed_hours, in_line
from appointments.admin.filters import end_of_day
from appointments.earlier_times import families_for
from appointments.messages import about_requests, subject_of
from appointments.models import FamilyAct, OfferedTime, Request, RequestEvent
from appointments.models.request import WORKS
from appointments.time_text import short
from foundation.outbox.models import Message
from portal.staff.worklist.base import Thing, WaitingList, change_address

QUEUE = "appointments_request"


def _open(user: User) -> QuerySet[Request]:
    return Request.objects.visible_to(user).open().in_order().select_related("department")


def _due_today(user: User) -> QuerySet[Request]:
    return _open(user).filter(due_at__gte=timezone.now(), due_at__lt=end_of_day(0))


def _handed_over(user: User) -> QuerySet[Request]:
    handed_over = RequestEvent.objects.filter(request=OuterRef("pk"), verb="handed over", undone=False)
    return _open(user).filter(Exists(handed_over), taken_by=None)


def _family_acts(user: User) -> QuerySet[FamilyAct]:
    unseen = FamilyAct.objects.unseen().filter(request__in=Request.objects.visible_to(user))
    return unseen.select_related("request", "taken", "freed").order_by("-pk")


def _visits_over(user: User) -> QuerySet[OfferedTime]:
    over = OfferedTime.objects.over(timezone.now()).filter(request__in=Request.objects.visible_to(user).open())
    return over.select_related("request", "clinician").order_by("-ends_at", "pk")


def _failed_messages(user: User) -> QuerySet[Message]:
    reference = Request.objects.filter(pk=OuterRef("object_id")).values("reference")
    failed = about_requests().filter(status=Message.Status.FAILED, object_id__in=Request.objects.visible_to(user).values("pk"))
    return failed.annotate(reference=Subquery(reference))


def _request(row: Any) -> Thing:
    return Thing(row.reference, change_address(row), f"{due(row).words}, {row.department}")


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


def _with_families(rows: list[OfferedTime]) -> list[tuple[OfferedTime, str]]:
    families = families_for(rows)
    return [(row, fit_in_words(families[row.pk])) for row in rows]


def _freed_hour(found: tuple[OfferedTime, str]) -> Thing:
    row, fits = found
    return Thing(in_line(row), reverse("admin:earlier_hour", args=[row.pk]), fits)


def _failed_message(row: Any) -> Thing:
    note = f"{row.state}, {row.last_fault}" if row.uncertain else row.last_fault
    return Thing(subject_of(row, row.reference), change_address(row), note)


LISTS = [
    WaitingList(
        WORKS,
        _("Overdue"),
        _("No request is overdue."),
        rows=lambda user: _open(user).overdue(timezone.now()),  # type: ignore[attr-defined]
        thing=_request,
        every=f"{QUEUE}_changelist?due=overdue",
    ),
    WaitingList(
        WORKS,
        _("Due today"),
        _("No more requests are due today."),
        rows=_due_today,
        thing=_request,
        every=f"{QUEUE}_changelist?due=today",
    ),
    WaitingList(
        WORKS,
        _("Handed over to you"),
        _("Nothing that was handed over waits."),
        rows=_handed_over,
        thing=_request,
        every=f"{QUEUE}_changelist?taken=nobody",
    ),
    WaitingList(
        WORKS,
        _("What families did"),
        _("Everything that families did is seen."),
        rows=_family_acts,
        thing=_family_act,
        every=f"{QUEUE}_changelist?words=unread&state=all",
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
        every=f"{QUEUE}_changelist?visit=over",
    ),
    WaitingList(
        WORKS,
        _("Messages that failed"),
        _("Every message to a family left."),
        rows=_failed_messages,
        thing=_failed_message,
        every="outbox_message_changelist?status__exact=failed",
    ),
]
