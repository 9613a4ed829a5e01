"""What all verbs of an edition share: its log, its lock, its moves."""

from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from conditions.models import Edition, EditionEvent
from foundation.audit.actions import record
from foundation.workflow import Refused, Who, change_status, name_of


def log_only(*, edition: Edition, by: Who, verb: str, words: str = "") -> None:
    """Keeps that `by` did `verb` in the edition's log alone, where the audit record holds it already."""
    user = by if isinstance(by, User) else None
    EditionEvent.objects.create(edition=edition, by=user, who=name_of(by)[:150], verb=verb, words=words)


def log_event(*, edition: Edition, by: Who, verb: str, words: str = "", **detail: Any) -> None:
    """Keeps that `by` did `verb`, in the edition's log and in the audit record. `words` stay in the log alone."""
    log_only(edition=edition, by=by, verb=verb, words=words)
    record(by=by, verb=verb, obj=edition, **detail)


def lock(edition: Edition) -> Edition:
    """The edition as it is stored; nobody else changes it or its text before this transaction ends."""
    return Edition.objects.select_for_update().get(pk=edition.pk)


def move(edition: Edition, status: Edition.Status, **facts: Any) -> None:
    """Of two people who move one edition at once, exactly one wins; the other is refused."""
    label = Edition.Status(edition.status).label
    impossible = _("This edition is “%(status)s”, so that is not possible now.") % {"status": label}
    if status == edition.status:
        raise Refused(impossible)
    change_status(
        edition,
        status,
        unless=impossible,
        overtaken=lambda: _("Somebody else changed this edition meanwhile. Look at it again."),
        **facts,
    )
    edition.refresh_from_db()
