"""Words that somebody typed and did not save: the first page leads back to them, on whatever device."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conditions.edition_log import time_in_words
from foundation.adminkit.models import WorkingCopy
from portal.staff.worklist.base import Thing, WaitingList, change_address


def _unsaved(copies: list[WorkingCopy]) -> Iterator[tuple[WorkingCopy, Any]]:
    """Each with what its words are about, if that is still there: the kind itself for what is not added yet. One query for each kind."""
    for kind in dict.fromkeys(copy.kind for copy in copies):
        own = [copy for copy in copies if copy.kind == kind]
        model = apps.get_model(kind)
        there = model._base_manager.in_bulk([int(copy.object_id) for copy in own if copy.object_id])
        about = {"": model} | {str(pk): row for pk, row in there.items()}
        yield from ((copy, about[copy.object_id]) for copy in own if copy.object_id in about)


def _unsaved_words(found: tuple[WorkingCopy, Any]) -> Thing:
    copy, about = found
    facts = {"when": time_in_words(copy.at), "device": copy.device}
    note = _("typed on %(when)s, %(device)s") % facts
    if copy.object_id:
        return Thing(str(about), change_address(about), note)
    address = reverse(f"admin:{about._meta.app_label}_{about._meta.model_name}_add")
    return Thing(_("New: %(kind)s") % {"kind": about._meta.verbose_name}, address, note)


LISTS = [
    WaitingList(
        "",
        _("Words you did not save"),
        "",
        rows=WorkingCopy.objects.unsaved,
        prepare=_unsaved,
        thing=_unsaved_words,
        every="index",
        remembers="nothing",
    ),
]
