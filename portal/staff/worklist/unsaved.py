"""Words that somebody typed and did not save: the first page leads back to them, on whatever device."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from conditions.edition_log import time_in_words
from foundation.adminkit.models import WorkingCopy
from portal.staff.worklist.base import Thing, WaitingList, change_address


def _unsaved(copies: list[WorkingCopy]) -> Iterator[tuple[WorkingCopy, Any]]:
    """Each with what its words are about, if that is still there. One query for each kind."""
    for kind in dict.fromkeys(copy.kind for copy in copies):
        own = [copy for copy in copies if copy.kind == kind]
        there = apps.get_model(kind)._base_manager.in_bulk([int(copy.object_id) for copy in own])
        yield from ((copy, there[int(copy.object_id)]) for copy in own if int(copy.object_id) in there)


def _has_unsaved(user: User) -> bool:
    return WorkingCopy.objects.unsaved(user).exists()


def _unsaved_words(found: tuple[WorkingCopy, Any]) -> Thing:
    copy, about = found
    facts = {"when": time_in_words(copy.at), "device": copy.device}
    return Thing(str(about), change_address(about), _("typed on %(when)s, %(device)s") % facts)


LISTS = [
    WaitingList(
        "",
        _("Words you did not save"),
        _("You saved all that you typed."),
        rows=lambda user: WorkingCopy.objects.unsaved(user).exclude(object_id=""),
        prepare=_unsaved,
        thing=_unsaved_words,
        every="index",
        concerns=_has_unsaved,
    ),
]
