"""Which editions wait for whom: the questions of the first page, and of the filter that its counts lead to.

Each answers with the most pressing first. Moments are UTC, days are the site's calendar.
"""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone

from conditions import translations
from conditions.models import Comment, Edition, EditionEvent, SignOff

Editions = QuerySet[Edition]
SOON = timedelta(days=90)
_asked_reviewers = Edition.asked.through.objects.filter(edition=OuterRef("pk"))
_signed = SignOff.objects.filter(
    edition=OuterRef("edition"), reviewer=OuterRef("clinician"), revision=OuterRef("edition__revision")
)
_lacks_signature = Exists(_asked_reviewers.filter(~Exists(_signed)))
_moves = EditionEvent.objects.filter(edition=OuterRef("pk"), verb__in=EditionEvent.MOVES).order_by("-pk")
_came_back = Q(Exact(Coalesce(Subquery(_moves.values("verb")[:1]), Value("")), "sent back"), status=Edition.Status.DRAFT)


def to_sign(user: User) -> Editions:
    """Texts this person may sign: those they were asked for, and those for which nobody was, first the asked.

    Not what they wrote in, nor what they signed as it is now.
    """
    own = SignOff.objects.filter(edition=OuterRef("pk"), revision=OuterRef("revision"), reviewer__user=user)
    found = Edition.objects.filter(~Exists(own), status=Edition.Status.SUBMITTED).exclude(authors=user)
    found = found.annotate(asks_me=Exists(_asked_reviewers.filter(clinician__user=user)))
    return found.filter(Q(asks_me=True) | Q(~Exists(_asked_reviewers), signed_digest="")).order_by("-asks_me", "changed_at")


def all_signed() -> Editions:
    """Texts that carry every signature they were to have, and wait for approval."""
    return Edition.objects.filter(~_lacks_signature, ~Q(signed_digest=""), status=Edition.Status.SUBMITTED)


def to_approve(user: User) -> Editions:
    return all_signed().select_related("reviewed_by").order_by("changed_at")


def sent_back(user: User) -> Editions:
    """Drafts this person wrote in that came back, with the `reason` and `who` gave it."""
    last = {"reason": Subquery(_moves.values("words")[:1]), "who": Subquery(_moves.values("who")[:1])}
    found = Edition.objects.filter(_came_back, authors=user).annotate(**last)
    return found.order_by("-changed_at")


def drafts(user: User) -> Editions:
    return Edition.objects.open().filter(~_came_back, authors=user).order_by("-changed_at")


def commented(user: User) -> Editions:
    return Edition.objects.filter(pk__in=comments(user).values("edition")).order_by("-changed_at")


def comments(user: User) -> QuerySet[Comment]:
    """What others said of their open drafts and nobody answered, oldest first."""
    return Comment.objects.filter(answer="", edition__in=Edition.objects.open().filter(authors=user)).order_by("at")


def scheduled(user: User) -> Editions:
    return Edition.objects.filter(status=Edition.Status.APPROVED, publish_at__gt=timezone.now()).order_by("publish_at")


def reviews(user: User) -> Editions:
    """On a page, and overdue or due within 90 days; first those of this person's own conditions."""
    due = Edition.objects.live().filter(next_review_due__lte=timezone.localdate() + SOON)
    mine = Case(When(condition__owner=user, then=Value(1)), default=Value(0))
    return due.annotate(mine=mine).order_by("-mine", "next_review_due", F("pk")).select_related("condition__owner")


def behind(user: User) -> Editions:
    """Translations whose English changed since; first those of this person's own conditions."""
    mine = Case(When(condition__owner=user, then=Value(1)), default=Value(0))
    return translations.behind().annotate(mine=mine).order_by("-mine", "condition__slug", "language")


WAITING = {
    "sign": to_sign,
    "approve": to_approve,
    "back": sent_back,
    "drafts": drafts,
    "comments": commented,
    "scheduled": scheduled,
    "review": reviews,
    "behind": behind,
}
