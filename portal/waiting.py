"""What waits for a person on the staff side's first page: only what they may see, one query for each list."""

from typing import Any

from django.contrib.auth.models import User

from portal import waiting_content, waiting_editions, waiting_requests, waiting_rights
from portal.charts import charts
from portal.waiting_list import Lists

# by permissions: whoever has all of them is shown the list; the most pressing first
CONTENT = [
    ("appointments.erase_request audit.view_record", waiting_rights.changes_of_rights),
    ("directory.change_department auth.change_user", waiting_rights.nobody_receives),
    ("conditions.sign_off_edition", waiting_editions.to_sign),
    ("conditions.change_edition", waiting_editions.sent_back),
    ("conditions.change_edition", waiting_editions.comments),
    ("conditions.approve_edition", waiting_editions.to_approve),
    ("conditions.change_edition", waiting_editions.drafts),
    ("conditions.change_edition", waiting_editions.reviews),
    ("conditions.approve_edition", waiting_editions.scheduled),
    ("stories.view_authorization", waiting_content.consents_ending),
    ("stories.view_authorization", waiting_content.growing_up),
    ("publishing.view_librarypicture", waiting_content.picture_consents),
    ("conditions.view_pagefeedback", waiting_content.readers_words),
    ("publishing.view_link", waiting_content.broken_links),
    ("publishing.view_outsideaddress", waiting_content.outside_faults),
    ("search.view_miss", waiting_content.misses),
]


def first_page(user: User) -> dict[str, Any]:
    """What the template shows: the lists with something in them and the `quiet` ones, and `charts` for who reads pages."""
    lists = list(waiting_for(user))
    quiet = [each for each in lists if not each.things]
    return {"waiting": lists, "quiet": quiet, "charts": charts() if user.has_perm("conditions.view_condition") else []}


def waiting_for(user: User) -> Lists:
    """The lists of this person, most pressing first."""
    if user.has_perm("appointments.work_requests"):
        yield from waiting_requests.lists_for(user)
    for permissions, made in CONTENT:
        if user.has_perms(permissions.split()):
            yield made(user)
