"""What waits for a person on the staff side's first page: only what they may see, one query for each list."""

from typing import Any

from django.contrib.auth.models import User

from portal.staff.worklist.base import WaitingList
from portal.staff.worklist.charts import charts

LISTS: list[WaitingList] = []  # the most pressing first; filled by `portal.staff.admin`, when every app's admin is there


def first_page(user: User) -> dict[str, Any]:
    """What the template shows: the lists with something in them and the `quiet` ones, and `charts` for who reads pages."""
    waiting = [each.of(user) for each in LISTS if user.has_perms(each.permissions.split())]
    quiet = [each for each in waiting if not each.things]
    return {"waiting": waiting, "quiet": quiet, "charts": charts() if user.has_perm("conditions.view_condition") else []}
