"""What waits for a coordinator on the staff side's first page: only of their departments, one query for each list."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.admin.filters import end_of_day
from appointments.admin.moments import due, moment
from appointments.admin.outbox import subject
from appointments.models import Note, Request
from foundation.outbox.models import Message

Lists = Iterator[tuple[str, str, list[tuple[str, str, str]], str]]


def lists_for(user: User, most: int) -> Lists:
    """(title, what to say when it is empty, things, where all of them are) of each list, most pressing first."""
    mine = Request.objects.visible_to(user)
    queue = reverse("admin:appointments_request_changelist")
    now = timezone.now()
    open_ = mine.open().in_order().select_related("department")
    late = _requests(open_.overdue(now)[:most])
    yield _("Overdue"), _("Nothing is overdue."), late, f"{queue}?due=overdue"
    today = _requests(open_.filter(due_at__gte=now, due_at__lt=end_of_day(0))[:most])
    yield _("Due today"), _("Nothing more is due today."), today, f"{queue}?due=today"
    yield _("New words from families"), _("Everything is read."), _unread(mine, most), f"{queue}?words=unread&state=all"
    failed = reverse("admin:outbox_message_changelist") + "?status__exact=failed"
    yield _("Messages that failed"), _("Every message left."), _failed(mine, most), failed


def _requests(found: Any) -> list[tuple[str, str, str]]:
    return [(row.reference, _case(row.pk), f"{due(row).words}, {row.department}") for row in found]


def _case(pk: int) -> str:
    return reverse("admin:appointments_request_change", args=[pk])


def _unread(mine: Any, most: int) -> list[tuple[str, str, str]]:
    notes = Note.objects.unread().filter(request__in=mine).select_related("request")
    return [
        (note.request.reference, _case(note.request_id), _("written %(when)s") % {"when": moment(note.at)})
        for note in notes[:most]
    ]


def _failed(mine: Any, most: int) -> list[tuple[str, str, str]]:
    about = Request.objects.filter(pk=OuterRef("object_id")).values("reference")
    found = Message.objects.filter(status=Message.Status.FAILED, object_id__in=mine.values("pk"))
    return [
        (subject(row, row.reference), reverse("admin:outbox_message_change", args=[row.pk]), row.last_fault)
        for row in found.annotate(reference=Subquery(about))[:most]
    ]
