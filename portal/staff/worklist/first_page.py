"""What waits for a person on the staff side's first page: only what they may see."""

from typing import Any

from django.contrib.auth.models import User
from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from appointments.departments import coordinates_nothing
from appointments.models.request import WORKS
from portal.staff.record_cache import until_next_record
from portal.staff.worklist.base import WaitingList, ask
from portal.staff.worklist.charts import charts

LISTS: list[WaitingList] = []  # the most pressing first; filled by `portal.staff.admin`, when every app's admin is there


def first_page(user: User) -> dict[str, Any]:
    """What the template shows: the lists with something in them and the `quiet` ones, and `charts` for who reads pages.

    A coordinator whom no department names sees no request, and reads why in their place.
    """
    has_no_department = coordinates_nothing(user)
    lists = [each for each in LISTS if user.has_perms(each.permissions.split())]
    lists = [each for each in lists if not (has_no_department and each.permissions == WORKS)]
    kept = [each for each in lists if each.remembers != "nothing" and not each.content]
    found = until_next_record("waiting", user, lambda: ask([each for each in kept if each.concerns(user)], user))
    others = [each for each in lists if each.every not in found and (each.content or each.remembers != "rows")]
    found |= {each.every: each.recall(user) for each in others}
    waiting = [found[each.every] for each in lists if each.every in found]
    waiting = [each for each in waiting if each.things or each.nothing]
    quiet = [each for each in waiting if not each.things]
    shown = {"waiting": waiting, "quiet": quiet, "has_no_department": has_no_department}
    drawn = caches["content"].get_or_set("charts", _draw_charts) if user.has_perm("conditions.view_condition") else ""
    return shown | {"charts": drawn}


def _draw_charts() -> SafeString:
    return render_to_string("admin/_charts.html", {"charts": charts()})
