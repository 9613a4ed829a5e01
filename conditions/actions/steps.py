"""What all verbs of an edition share: who may, which moves there are, and how each is kept."""

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from conditions.models import Edition, EditionStep
from foundation.audit.actions import record

Who = User | str  # a staff member, or the name of the command that acts


class NotAllowed(Exception):
    """The edition is not in a state for this; the message says why, in words for staff."""


def called(by: Who) -> str:
    """The name by which the log speaks of somebody."""
    return by if isinstance(by, str) else by.get_full_name() or by.get_username()


def log(*, edition: Edition, by: Who, verb: str, words: str = "") -> None:
    """Keeps that `by` did `verb` in the edition's log alone, where the audit record holds it already."""
    user = by if isinstance(by, User) else None
    EditionStep.objects.create(edition=edition, by=user, who=called(by)[:150], verb=verb, words=words)


def tell(*, edition: Edition, by: Who, verb: str, words: str = "", **detail: Any) -> None:
    """Keeps that `by` did `verb`, in the edition's log and in the audit record. `words` stay in the log alone."""
    log(edition=edition, by=by, verb=verb, words=words)
    record(by=by, verb=verb, obj=edition, **detail)


def may(by: Who, *permissions: str) -> None:
    """Raises PermissionDenied unless `by` has one of them. A command may do everything."""
    if isinstance(by, User) and not any(by.has_perm(permission) for permission in permissions):
        raise PermissionDenied(permissions[0])


def locked(edition: Edition) -> Edition:
    """The edition as it is stored; nobody else changes it or its text before this transaction ends."""
    return Edition.objects.select_for_update().get(pk=edition.pk)


def move(edition: Edition, status: Edition.Status, **facts: Any) -> None:
    """Of two people who move one edition at once, exactly one wins; the other gets NotAllowed."""
    before = Edition.Status(edition.status)
    if status not in Edition.MOVES[before]:
        raise NotAllowed(_("This edition is “%(status)s”, so that is not possible now.") % {"status": before.label})
    if not Edition.objects.filter(pk=edition.pk, status=before).update(status=status, **facts):
        raise NotAllowed(_("Somebody else changed this edition meanwhile. Look at it again."))
    edition.refresh_from_db()
