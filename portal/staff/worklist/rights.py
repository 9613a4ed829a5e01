"""What waits for privacy officers and administrators."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _, ngettext

from appointments import departments
from appointments.admin.due_dates import relative
from appointments.models import Request
from directory.models import Department
from foundation.adminkit.rights import that_were_told
from foundation.audit.models import Record
from portal.staff.models import Invitation
from portal.staff.worklist.base import Thing, WaitingList, change_address

SHOWN = timedelta(days=7)


def _changes(user: User) -> QuerySet[Record]:
    """Of the last days, as they were mailed; in the record all of them stay."""
    return that_were_told(Record.objects.filter(at__gt=timezone.now() - SHOWN))


def _change(row: Record) -> Thing:
    changes = "; ".join(row.lines)
    note = f"{row.actor} {row.verb}, {relative(row.at)}" + (f": {changes}" if changes else "")
    return Thing(row.label, change_address(row), Truncator(note).chars(200))


def _without_receiver(user: User) -> QuerySet[Department]:
    """Departments that take requests, and where nobody would notice one."""
    open_ = Request.objects.open().filter(department=OuterRef("pk")).order_by().values("department").annotate(n=Count("pk"))
    return departments.without_receiver().annotate(waiting=Coalesce(Subquery(open_.values("n")), 0))


def _department(row: Any) -> Thing:
    open_ = ngettext("%(count)d request is open", "%(count)d requests are open", row.waiting) % {"count": row.waiting}
    note = _("no inbox, and no coordinator who can sign in; %(open)s") % {"open": open_}
    return Thing(row.name, change_address(row), note)


def _invitations(user: User) -> QuerySet[Invitation]:
    return Invitation.objects.unused().select_related("role", "account").order_by("expires_at", "pk")


def _invitation(row: Invitation) -> Thing:
    return Thing(row.name, change_address(row), f"{row.state}, {row.account or row.role or ''}")


LISTS = [
    WaitingList(
        "appointments.erase_request audit.view_record",
        _("Changes of rights this week"),
        _("Nobody’s rights changed this week."),
        rows=_changes,
        thing=_change,
        every="audit_record_changelist?kind=rights",
    ),
    WaitingList(
        "staff.view_invitation",
        _("Invited, and not here yet"),
        _("Everybody who was invited is here."),
        rows=_invitations,
        thing=_invitation,
        every="staff_invitation_changelist",
    ),
    WaitingList(
        "directory.change_department auth.change_user",
        _("Nobody receives their requests"),
        _("Every department’s requests are received."),
        rows=_without_receiver,
        thing=_department,
        every="directory_department_changelist",
    ),
]
