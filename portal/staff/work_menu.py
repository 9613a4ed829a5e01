"""The menu of the work in the header of every page of staff: where one goes all day, with how much waits there."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.models import OfferedTime, Request
from appointments.models.request import MAY_LOOK, WORKS, is_overdue, is_visible_to
from portal.staff.record_cache import until_next_record

QUEUE = "admin:appointments_request_changelist"
MOST_FREE = 99  # hours that are counted


class Entry(NamedTuple):
    """`number` is what waits there, `late` how many of them are overdue, `what` says for ears what is counted."""

    label: Any
    address: str
    number: int | None = None
    what: Any = ""
    late: int = 0


def work_menu(user: User) -> list[Entry]:
    """Only what the person may open; at most four queries, one as long as nothing was recorded."""
    requests = until_next_record("menu", user, lambda: list(_of_requests(user)))
    return [Entry(_("What waits"), reverse("admin:index")), *requests, *_of_others(user)]


def _of_requests(user: User) -> Iterator[Entry]:
    may_look = any(user.has_perm(right) for right in MAY_LOOK)
    if may_look:
        rows = Request.objects.visible_to(user).our_turn()
        count = rows.aggregate(ours=Count("pk"), late=Count("pk", filter=is_overdue(timezone.now())))
        yield Entry(_("Requests"), reverse(QUEUE), count["ours"], _("our turn"), count["late"])
    if may_look or hasattr(user, "clinician"):
        today = OfferedTime.objects.visible_to(user).agreed_on(timezone.localdate())
        yield Entry(_("Visits"), reverse("admin:visits"), today.count(), _("today"))
    if user.has_perm(WORKS):
        free = OfferedTime.objects.came_free().filter(is_visible_to(user, "request__")).order_by()
        yield Entry(_("Earlier times"), reverse("admin:earlier"), free[:MOST_FREE].count(), _("free again"))


def _of_others(user: User) -> Iterator[Entry]:
    if user.has_perm("appointments.see_figures"):
        yield Entry(_("How we are doing"), reverse("admin:figures"))
    if user.has_perm("conditions.view_condition"):
        yield Entry(_("Pages"), reverse("admin:conditions_condition_changelist"))
