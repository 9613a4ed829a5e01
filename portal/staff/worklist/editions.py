"""What waits of the condition pages: to write, to answer, to sign, to approve, to review."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from conditions import worklist
from conditions.admin.condition import review_state
from conditions.edition_log import moment
from conditions.models import Comment, Edition
from foundation.adminkit.verbs import in_words
from portal.staff.worklist.base import Row, Waiting, change, changelist, listed


def _editions(title: str, nothing: str, key: str, user: User, note: Any) -> Waiting:
    found: QuerySet[Edition] = worklist.WAITING[key](user)
    named = found.select_related("condition", "reviewed_by", "condition__owner").prefetch_related("condition__names")

    def thing(row: Edition) -> Row:
        return str(row), change("conditions_edition", row.pk), note(row)

    return listed(title, nothing, named, thing, changelist("conditions_edition", f"?waits={key}"))


def to_sign(user: User) -> Waiting:
    def note(row: Any) -> str:
        since = _("since %(day)s") % {"day": in_words(row.changed_at)}
        return ", ".join(
            [*([_("you are asked")] if row.asks_me else []), *([_("small change")] if row.is_minor else []), since]
        )

    return _editions(_("Waiting for your signature"), _("No text waits for your signature."), "sign", user, note)


def to_approve(user: User) -> Waiting:
    """Texts that can go live."""

    def note(row: Edition) -> str:
        return _("signed by %(who)s") % {"who": row.reviewed_by}

    return _editions(_("Signed, waiting for approval"), _("No signed text waits."), "approve", user, note)


def sent_back(user: User) -> Waiting:
    def note(row: Any) -> str:
        return f"{row.who}: {row.reason}" if row.reason else str(row.who)

    return _editions(_("Sent back to you"), _("Nothing was sent back to you."), "back", user, note)


def comments(user: User) -> Waiting:
    """Each comment, with the draft it is about."""
    found = worklist.comments(user).select_related("edition__condition").prefetch_related("edition__condition__names")

    def thing(row: Comment) -> Row:
        return Truncator(row.words).chars(120), change("conditions_edition", row.edition_id), f"{row.who}, {row.edition}"

    every = changelist("conditions_edition", "?waits=comments")
    return listed(_("Comments to answer"), _("Every comment on your drafts is answered."), found, thing, every)


def drafts(user: User) -> Waiting:
    """What this person is writing."""

    def note(row: Edition) -> str:
        return str(row.get_status_display())

    return _editions(_("Your open drafts"), _("You have no other open draft."), "drafts", user, note)


def reviews(user: User) -> Waiting:
    """With who keeps the page."""

    def note(row: Edition) -> str:
        owner = row.condition.owner
        keeper = _("yours") if owner == user else (owner.get_full_name() or owner.get_username()) if owner else _("no owner")
        return f"{review_state(row)}, {keeper}"

    title = _("Reviews overdue or due within 90 days")
    return _editions(title, _("No review is due within 90 days."), "review", user, note)


def scheduled(user: User) -> Waiting:
    def note(row: Edition) -> str:
        return moment(row.publish_at) if row.publish_at else ""

    return _editions(_("Going live soon"), _("No text waits for its day."), "scheduled", user, note)
