"""Onto the page, and off it."""

from calendar import monthrange
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conditions.actions.commenting import unanswered
from conditions.actions.drafting import gaps
from conditions.actions.log import lock, log_event, move
from conditions.actions.signing import earlier_signatures, show_signatures, signatures
from conditions.models import Edition, SignOff
from conditions.review_mails import post_reminder
from conditions.search_entries import store_condition
from foundation.workflow import Refused, Who, check_permission


@transaction.atomic
def approve(*, edition: Edition, by: Who, publish_at: datetime | None = None, next_review_due: date | None = None) -> None:
    """Waiting → approved: on the page from `publish_at` (UTC, default now). Refused unless exactly this text was signed.

    The next review falls due `review_every_months` after the review, unless `next_review_due` says otherwise.
    """
    check_permission(by, "conditions.approve_edition")
    stored = lock(edition)
    missing = [*(gap.words for gap in gaps(stored)), *unanswered(stored), *still_to_sign(stored)]
    if missing:
        raise Refused(" ".join(missing))
    if stored.status == Edition.Status.SUBMITTED:
        _carry_over(stored, by)
        show_signatures(stored)
    edition.refresh_from_db()
    due = next_review_due or months_after(edition.reviewed_on or timezone.localdate(), edition.condition.review_every_months)
    move(edition, Edition.Status.APPROVED, publish_at=publish_at or timezone.now(), next_review_due=due)
    store_condition(edition.condition)
    post_reminder(edition)
    log_event(edition=edition, by=by, verb="approved", words=edition.publish_at.isoformat() if edition.publish_at else "")


def still_to_sign(edition: Edition) -> list[str]:
    """Why the signatures do not suffice to approve the text as it is now, in sentences."""
    signed = set(earlier_signatures(edition, edition.digest()).values_list("reviewer", flat=True))
    asked = [str(reviewer) for reviewer in edition.asked.all() if reviewer.pk not in signed]
    sentences = []
    if not signed:
        sentences.append(_("The text is not signed off, or it was changed after the sign-off. It must be signed off again."))
    if asked:
        sentences.append(_("Asked to sign and has not signed this text: %(names)s.") % {"names": ", ".join(asked)})
    return sentences


def _carry_over(edition: Edition, by: Who) -> None:
    """Lets signatures that reviewers gave to exactly this text before, on any version, stand for it here too."""
    here = {each.reviewer_id for each in signatures(edition)}
    latest = {each.reviewer_id: each for each in earlier_signatures(edition, edition.digest())}
    for reviewer, given in sorted(latest.items(), key=lambda item: item[1].pk):
        if reviewer not in here:
            SignOff.objects.create(
                edition=edition,
                reviewer=given.reviewer,
                at=given.at,
                reviewed_on=given.reviewed_on,
                digest=given.digest,
                revision=edition.revision,
                text=given.text,
                checked=given.checked,
            )
            words = f"{given.reviewer}, {date_format(given.reviewed_on, 'j M Y')}"
            log_event(edition=edition, by=by, verb="carried over a signature", words=words)


@transaction.atomic
def withdraw(*, edition: Edition, by: Who, reason: str, at: datetime | None = None, whole_page: bool = False) -> None:
    """Approved → withdrawn: the edition before it is live again, or with `whole_page` none is. Readers see the reason."""
    check_permission(by, "conditions.approve_edition")
    if not reason.strip():
        raise Refused(_("Say why it is withdrawn."))
    others = Edition.objects.filter(
        condition=edition.condition_id, language=edition.language, status=Edition.Status.APPROVED
    ).exclude(pk=edition.pk)
    for each in [edition, *(others if whole_page else [])]:
        move(each, Edition.Status.WITHDRAWN, withdrawn_at=at or timezone.now(), withdrawn_reason=reason.strip())
        log_event(edition=each, by=by, verb="withdrew", words=reason.strip())
    for live_again in Edition.objects.live().filter(condition=edition.condition_id, language=edition.language):
        post_reminder(live_again)
    store_condition(edition.condition)


def months_after(day: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
