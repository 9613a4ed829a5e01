"""What waits for a coordinator on the staff side's first page: only of their departments, one query for each list."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from appointments.admin.case_context import describe_act
from appointments.admin.due_dates import due, relative
from appointments.admin.filters import end_of_day
from appointments.messages import about_requests, subject_of
from appointments.models import FamilyAct, OfferedTime, Request, RequestEvent
from appointments.time_text import short
from foundation.outbox.models import Message
from portal.staff.worklist.base import Lists, Pressable, Row, Thing, Waiting, change, changelist, counted, listed

QUEUE = "appointments_request"


def lists_for(user: User) -> Lists:
    """Most pressing first."""
    mine = Request.objects.visible_to(user)
    now = timezone.now()
    open_ = mine.open().in_order().select_related("department")
    overdue = changelist(QUEUE, "?due=overdue")
    yield listed(_("Overdue"), _("No request is overdue."), open_.overdue(now), _request, overdue)
    today = open_.filter(due_at__gte=now, due_at__lt=end_of_day(0))
    yield listed(_("Due today"), _("No more requests are due today."), today, _request, changelist(QUEUE, "?due=today"))
    passed_on = Exists(RequestEvent.objects.filter(request=OuterRef("pk"), verb="handed over", undone=False))
    handed = open_.filter(passed_on, taken_by=None)
    free = changelist(QUEUE, "?taken=nobody")
    yield listed(_("Handed over to you"), _("Nothing that was handed over waits."), handed, _request, free)
    acts = FamilyAct.objects.unseen().filter(request__in=mine).select_related("request", "taken", "freed").order_by("-pk")
    new = changelist(QUEUE, "?words=unread&state=all")
    yield listed(_("What families did"), _("Everything that families did is seen."), acts, _act, new)
    yield _over(OfferedTime.objects.over(now).filter(request__in=mine.open()))
    failed = changelist("outbox_message", "?status__exact=failed")
    yield listed(_("Messages that failed"), _("Every message to a family left."), _failed(mine), _message, failed)


def _request(row: Any) -> Row:
    return row.reference, change(QUEUE, row.pk), f"{due(row).words}, {row.department}"


def _act(row: FamilyAct) -> Row:
    """A visit that was given back stands out: its hour can be somebody else's."""
    told = f"{describe_act(row)}, {relative(row.at)}"
    note = format_html('<strong class="due-overdue">{}</strong>', told) if row.freed else told
    return row.request.reference, change(QUEUE, row.request_id), note


def _over(found: QuerySet[OfferedTime]) -> Waiting:
    """With one press for each way in which a visit ends; the latest first."""
    rows = list(counted(found.select_related("request", "clinician").order_by("-ends_at", "pk")))
    title, nothing = _("Visits that are over: say how they ended"), _("Of every visit that is over it is said how it ended.")
    things = [_ended(row) for row in rows]
    return Waiting(title, nothing, things, rows[0].of_all if rows else 0, changelist(QUEUE, "?visit=over"))


def _ended(row: OfferedTime) -> Thing:
    request, note = row.request, f"{short(row.starts_at, row.zone)}, {row.clinician}"
    thing = Pressable(request.reference, change(QUEUE, row.request_id), note)
    labels = {"came": _("They came"), "missed": _("They did not come")}
    thing.version = request.version
    thing.buttons = [(reverse(f"admin:{QUEUE}_{verb}", args=[row.request_id]), label) for verb, label in labels.items()]
    return thing


def _failed(mine: Any) -> QuerySet[Message]:
    about = Request.objects.filter(pk=OuterRef("object_id")).values("reference")
    found = about_requests().filter(status=Message.Status.FAILED, object_id__in=mine.values("pk"))
    return found.annotate(reference=Subquery(about))


def _message(row: Any) -> Row:
    return (
        subject_of(row, row.reference),
        change("outbox_message", row.pk),
        f"{row.state}, {row.last_fault}" if row.uncertain else row.last_fault,
    )
