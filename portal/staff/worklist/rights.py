"""What waits for privacy officers and administrators on the staff side's first page."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments import departments
from appointments.admin.due_dates import relative
from appointments.models import Request
from foundation.audit.models import Record
from foundation.outbox.models import Message
from foundation.outbox.rights import KIND
from portal.staff.worklist.base import Row, Waiting, change, changelist, listed

SHOWN = timedelta(days=7)


def changes_of_rights(user: User) -> Waiting:
    """Of the last days, as they were mailed; in the record all of them stay."""
    posted = Message.objects.filter(kind=KIND, object_id=OuterRef("pk"))
    rows = Record.objects.filter(Exists(posted), at__gt=timezone.now() - SHOWN)
    every = changelist("audit_record", "?kind=auth.user")
    return listed(_("Changes of rights this week"), _("Nobody’s rights changed this week."), rows, _right, every)


def _right(row: Any) -> Row:
    told = f"{row.actor} {row.verb}, {relative(row.at)}: {'; '.join(row.told)}"
    return row.label, change("audit_record", row.pk), told if len(told) <= 200 else f"{told[:199]}…"


def nobody_receives(user: User) -> Waiting:
    """Departments that take requests, and where nobody would notice one."""
    waiting = Request.objects.open().filter(department=OuterRef("pk")).order_by().values("department").annotate(n=Count("pk"))
    found = departments.without_receiver().annotate(waiting=Coalesce(Subquery(waiting.values("n")), 0))
    title, nothing = _("Nobody receives their requests"), _("Every department’s requests are received.")
    return listed(title, nothing, found, _deaf, changelist("directory_department"))


def _deaf(row: Any) -> Row:
    open_ = ngettext("%(count)d request is open", "%(count)d requests are open", row.waiting) % {"count": row.waiting}
    why = _("no inbox, and no coordinator who can sign in; %(open)s") % {"open": open_}
    return row.name, change("directory_department", row.pk), why
