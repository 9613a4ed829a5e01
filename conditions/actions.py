"""What is done with an edition: the only ways its status changes. Each verb is one transaction with its audit record."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from conditions.findable import store_condition
from conditions.models import Condition, Edition, Section, Source
from directory.models import Clinician
from foundation.audit.actions import record

Who = User | str  # a staff member, or the name of the command that acts


class NotAllowed(Exception):
    """The edition is not in a state for this; the message says why, in words for staff."""


@transaction.atomic
def start_draft(*, condition: Condition, language: str, by: Who) -> Edition:
    """A new open draft: a copy of the newest published text in that language, or empty. NotAllowed if one is open."""
    _may(by, "conditions.add_edition")
    if Edition.objects.open().filter(condition=condition, language=language).exists():
        raise NotAllowed(_("There is an open draft in this language already. Continue that one."))
    draft = Edition(condition=condition, language=language)
    newest = Edition.objects.filter(condition=condition, language=language, status=Edition.Status.APPROVED).first()
    if newest:
        for name in ("summary", "key_points", "ask_us", "call_today", "emergency"):
            setattr(draft, name, getattr(newest, name))
    draft.save()
    if newest:
        _copy_parts(newest, draft)
    if isinstance(by, User):
        draft.authors.add(by)
    record(by=by, verb="started a draft of", obj=draft)
    return draft


def _copy_parts(source: Edition, draft: Edition) -> None:
    parts: list[Section | Source] = [*source.sections.all(), *source.sources.all()]
    for part in parts:
        part.pk, part._state.adding, part.edition = None, True, draft
        part.save()


@transaction.atomic
def submit(*, edition: Edition, by: Who) -> None:
    """Draft → waiting for sign-off."""
    _may(by, "conditions.change_edition")
    missing = gaps(edition)
    if missing:
        raise NotAllowed(" ".join(missing))
    _move(edition, Edition.Status.SUBMITTED)
    record(by=by, verb="submitted", obj=edition)


@transaction.atomic
def send_back(*, edition: Edition, by: Who) -> None:
    """Waiting for sign-off → draft."""
    _may(by, "conditions.change_edition")
    _move(edition, Edition.Status.DRAFT)
    record(by=by, verb="sent back", obj=edition)


@transaction.atomic
def sign_off(*, edition: Edition, reviewer: Clinician, by: Who, reviewed_on: date | None = None) -> None:
    """Binds the reviewer to exactly this text. `reviewed_on` is a day of the site's calendar, default today."""
    _may(by, "conditions.sign_off_edition")
    if isinstance(by, User):
        if reviewer.user_id != by.pk:
            raise NotAllowed(_("Only the reviewer’s own account can sign off."))
        if edition.authors.filter(pk=by.pk).exists():
            raise NotAllowed(_("You wrote in this text. Somebody else must sign it off."))
    locked = _locked(edition)
    if locked.status != Edition.Status.SUBMITTED:
        raise NotAllowed(_("Only an edition that waits for sign-off can be signed off."))
    Edition.objects.filter(pk=edition.pk).update(
        signed_digest=locked.digest(), reviewed_by=reviewer, reviewed_on=reviewed_on or timezone.localdate()
    )
    edition.refresh_from_db()
    record(by=by, verb="signed off", obj=edition, digest=edition.signed_digest, reviewer=str(reviewer))


@transaction.atomic
def drop_stale_sign_off(*, edition: Edition, by: Who) -> bool:
    """Takes away a sign-off that no longer fits the text, so that the edition waits for a reviewer again. Whether it did."""
    locked = _locked(edition)
    if not locked.signed_digest or locked.is_signed or not locked.is_open:
        return False
    Edition.objects.filter(pk=edition.pk).update(signed_digest="", reviewed_by=None, reviewed_on=None)
    edition.refresh_from_db()
    record(by=by, verb="voided the sign-off of", obj=edition)
    return True


@transaction.atomic
def approve(*, edition: Edition, by: Who, publish_at: datetime | None = None, next_review_due: date | None = None) -> None:
    """Waiting → approved: on the page from `publish_at` (UTC, default now). NotAllowed unless exactly this text was signed.

    The next review falls due `review_every_months` after the review, unless `next_review_due` says otherwise.
    """
    _may(by, "conditions.approve_edition")
    locked = _locked(edition)
    missing = gaps(locked)
    if missing:
        raise NotAllowed(" ".join(missing))
    if not locked.is_signed or locked.reviewed_on is None:
        raise NotAllowed(_("The text is not signed off, or it was changed after the sign-off. It must be signed off again."))
    due = next_review_due or months_after(locked.reviewed_on, locked.condition.review_every_months)
    _move(edition, Edition.Status.APPROVED, publish_at=publish_at or timezone.now(), next_review_due=due)
    store_condition(edition.condition)
    record(by=by, verb="approved", obj=edition)


@transaction.atomic
def withdraw(*, edition: Edition, by: Who, reason: str, at: datetime | None = None) -> None:
    """Approved → withdrawn: the edition before it is live again. Readers of the old version see the reason."""
    _may(by, "conditions.approve_edition")
    if not reason.strip():
        raise NotAllowed(_("Say why it is withdrawn."))
    _move(edition, Edition.Status.WITHDRAWN, withdrawn_at=at or timezone.now(), withdrawn_reason=reason.strip())
    store_condition(edition.condition)
    record(by=by, verb="withdrew", obj=edition)


def gaps(edition: Edition) -> list[str]:
    """What the edition lacks before it can be shown, one sentence each."""
    checks = [
        (edition.summary.strip(), _("Write the short answer.")),
        (edition.sections.exists(), _("Add at least one section.")),
        (edition.sources.exists(), _("Add at least one source.")),
        (
            not edition.sections.exclude(picture="").filter(picture_alt="").exists(),
            _("Say what each picture tells someone who cannot see it."),
        ),
        (
            edition.condition.names.filter(kind="preferred", language=edition.language).exists(),
            _("Give the condition a preferred name in this language."),
        ),
    ]
    return [sentence for holds, sentence in checks if not holds]


def months_after(day: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + years, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _may(by: Who, permission: str) -> None:
    if isinstance(by, User) and not by.has_perm(permission):
        raise PermissionDenied(permission)


def _locked(edition: Edition) -> Edition:
    return Edition.objects.select_for_update().get(pk=edition.pk)


def _move(edition: Edition, status: Edition.Status, **facts: Any) -> None:
    """Of two people who move one edition at once, exactly one wins; the other gets NotAllowed."""
    before = Edition.Status(edition.status)
    if status not in Edition.MOVES[before]:
        raise NotAllowed(_("This edition is “%(status)s”, so that is not possible now.") % {"status": before.label})
    if not Edition.objects.filter(pk=edition.pk, status=before).update(status=status, **facts):
        raise NotAllowed(_("Somebody else changed this edition meanwhile. Look at it again."))
    edition.refresh_from_db()
