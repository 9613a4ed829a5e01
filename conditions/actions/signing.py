"""Signatures: each binds one reviewer to exactly one text."""

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from conditions.actions.commenting import unanswered
from conditions.actions.log import lock, log_event
from conditions.models import Edition, SignOff
from directory.models import Clinician
from foundation.workflow import Refused, Who, check_permission


@transaction.atomic
def sign_off(
    *, edition: Edition, reviewer: Clinician, by: Who, reviewed_on: date | None = None, checked: Iterable[str] = ()
) -> None:
    """Binds the reviewer to exactly this text. `reviewed_on` is a day of the site's calendar, default today.

    `checked` are keys of `conditions.checklist.ITEMS`. Nobody signs what they wrote, nor in another's name: also no superuser.
    """
    check_permission(by, "conditions.sign_off_edition")
    stored = lock(edition)
    _refuse_own_text(stored, reviewer, by)
    if stored.status != Edition.Status.SUBMITTED:
        raise Refused(_("Only an edition that waits for sign-off can be signed off."))
    if waiting := unanswered(stored):
        raise Refused(" ".join(waiting))
    if stored.sign_offs.filter(reviewer=reviewer, revision=stored.revision).exists():
        raise Refused(_("You signed exactly this text already."))
    SignOff.objects.create(
        edition=stored,
        reviewer=reviewer,
        reviewed_on=reviewed_on or timezone.localdate(),
        digest=stored.digest(),
        revision=stored.revision,
        text=stored.clinical_text(),
        checked=sorted(checked),
    )
    show_signatures(stored)
    edition.refresh_from_db()
    name = str(reviewer)
    words = "" if isinstance(by, User) else name  # a command signs for somebody, a person for themselves
    log_event(edition=edition, by=by, verb="signed off", words=words, digest=edition.signed_digest, reviewer=name)


def _refuse_own_text(edition: Edition, reviewer: Clinician, by: Who) -> None:
    if isinstance(by, str):
        return
    if reviewer.user_id != by.pk:
        raise Refused(_("Only the reviewer’s own account can sign off."))
    if edition.authors.filter(pk=by.pk).exists():
        raise Refused(_("You wrote in this text. Somebody else must sign it off."))


def signatures(edition: Edition) -> list[SignOff]:
    """Those that stand for the text as it is now, oldest first."""
    found = edition.sign_offs.filter(revision=edition.revision, digest=edition.digest())
    return list(found.select_related("reviewer").order_by("pk"))


def show_signatures(edition: Edition) -> None:
    """Puts on the edition who signed its text: the first, and with whom."""
    signed = signatures(edition)
    Edition.objects.filter(pk=edition.pk).update(
        signed_digest=signed[0].digest,
        reviewed_by=signed[0].reviewer,
        reviewed_on=signed[0].reviewed_on,
        also_reviewed_by="\n".join(str(each.reviewer) for each in signed[1:]),
    )


def earlier_signatures(edition: Edition, digest: str) -> QuerySet[SignOff]:
    """What reviewers signed of the text with this digest in any version of the page in this language, oldest first."""
    same = SignOff.objects.filter(edition__condition=edition.condition_id, edition__language=edition.language, digest=digest)
    return same.select_related("reviewer").order_by("pk")


def last_signature(edition: Edition, digest: str) -> SignOff | None:
    """What a reviewer compares with: the latest other text that was signed, of this edition or else of the live one."""
    live = Edition.objects.live().filter(condition=edition.condition_id, language=edition.language).values("pk")
    signed = SignOff.objects.filter(Q(edition=edition.pk) | Q(edition__in=live)).exclude(digest=digest)
    return signed.select_related("reviewer", "edition").order_by("-pk").first()


@transaction.atomic
def drop_stale_sign_off(*, edition: Edition, by: Who) -> bool:
    """Takes away a sign-off that no longer fits the text, so that the edition waits for a reviewer again. Whether it did."""
    stored = lock(edition)
    if not stored.signed_digest or stored.is_signed or not stored.is_open:
        return False
    Edition.objects.filter(pk=edition.pk).update(signed_digest="", reviewed_by=None, reviewed_on=None, also_reviewed_by="")
    edition.refresh_from_db()
    log_event(edition=edition, by=by, verb="voided the sign-off of")
    return True
