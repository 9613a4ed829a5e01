"""What waits for a coordinator on the staff side's first page: only of their departments, one query for each list."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.admin.filters import end_of_day
from appointments.admin.moments import due, moment
from appointments.admin.outbox import subject
from appointments.messages import ours
from appointments.models import Note, Request, Step
from foundation.outbox.models import Message
from portal.waiting_list import Lists, Row, change, changelist, listed

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
    passed_on = Exists(Step.objects.filter(request=OuterRef("pk"), verb="handed over", undone=False))
    handed = open_.filter(passed_on, taken_by=None)
    free = changelist(QUEUE, "?taken=nobody")
    yield listed(_("Handed over to you"), _("Nothing that was handed over waits."), handed, _request, free)
    unread = Note.objects.unread().filter(request__in=mine).select_related("request")
    words = changelist(QUEUE, "?words=unread&state=all")
    yield listed(_("New words from families"), _("Everything that families wrote is read."), unread, _note, words)
    failed = changelist("outbox_message", "?status__exact=failed")
    yield listed(_("Messages that failed"), _("Every message to a family left."), _failed(mine), _message, failed)


def _request(row: Any) -> Row:
    return row.reference, change(QUEUE, row.pk), f"{due(row).words}, {row.department}"


def _note(row: Note) -> Row:
    return row.request.reference, change(QUEUE, row.request_id), _("written %(when)s") % {"when": moment(row.at)}


def _failed(mine: Any) -> QuerySet[Message]:
    about = Request.objects.filter(pk=OuterRef("object_id")).values("reference")
    found = ours().filter(status=Message.Status.FAILED, object_id__in=mine.values("pk"))
    return found.annotate(reference=Subquery(about))


def _message(row: Any) -> Row:
    return (
        subject(row, row.reference),
        change("outbox_message", row.pk),
        f"{row.state}, {row.last_fault}" if row.uncertain else row.last_fault,
    )
