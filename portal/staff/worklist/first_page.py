"""What waits for a person on the staff side's first page: only what they may see, one query for each list."""

from typing import Any

from django.contrib.auth.models import User

from portal.staff.worklist import content, editions, requests, rights
from portal.staff.worklist.base import Lists
from portal.staff.worklist.charts import charts

# by permissions: whoever has all of them is shown the list; the most pressing first
CONTENT = [
    ("appointments.erase_request audit.view_record", rights.changes_of_rights),
    ("directory.change_department auth.change_user", rights.nobody_receives),
    ("conditions.sign_off_edition", editions.to_sign),
    ("conditions.change_edition", editions.sent_back),
    ("conditions.change_edition", editions.comments),
    ("conditions.approve_edition", editions.to_approve),
    ("conditions.change_edition", editions.drafts),
    ("conditions.change_edition", editions.reviews),
    ("conditions.approve_edition", editions.scheduled),
    ("stories.view_authorization", content.consents_ending),
    ("stories.view_authorization", content.growing_up),
    ("pictures.view_librarypicture", content.picture_consents),
    ("conditions.view_pagefeedback", content.readers_words),
    ("links.view_link", content.broken_links),
    ("links.view_outsideaddress", content.outside_faults),
    ("search.view_miss", content.misses),
]


def first_page(user: User) -> dict[str, Any]:
    """What the template shows: the lists with something in them and the `quiet` ones, and `charts` for who reads pages."""
    lists = list(waiting_for(user))
    quiet = [each for each in lists if not each.things]
    return {"waiting": lists, "quiet": quiet, "charts": charts() if user.has_perm("conditions.view_condition") else []}


def waiting_for(user: User) -> Lists:
    """The lists of this person, most pressing first."""
    if user.has_perm("appointments.work_requests"):
        yield from requests.lists_for(user)
    for permissions, made in CONTENT:
        if user.has_perms(permissions.split()):
            yield made(user)
