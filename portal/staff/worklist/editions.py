"""What waits of the condition pages: to write, to answer, to sign, to approve, to review."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from conditions import worklist
from conditions.admin.condition import review_state
from conditions.edition_log import moment_in_words
from conditions.models import Comment, Edition
from foundation.adminkit.verbs import in_words
from portal.staff.worklist.base import Thing, WaitingList, change_address, nothing_else


def _to_sign(row: Any) -> str:
    facts = {_("you are asked"): row.asks_me, _("small change"): row.is_minor}
    since = _("since %(day)s") % {"day": in_words(row.changed_at)}
    return ", ".join([*(str(fact) for fact, holds in facts.items() if holds), since])


def _to_approve(row: Edition) -> str:
    return _("signed by %(who)s") % {"who": row.reviewed_by}


def _sent_back(row: Any) -> str:
    return f"{row.who}: {row.reason}" if row.reason else str(row.who)


def _draft(row: Edition) -> str:
    return str(row.get_status_display())


def _review(row: Any) -> str:
    owner = row.condition.owner
    keeper = _("yours") if row.mine else (owner.get_full_name() or owner.get_username()) if owner else _("no owner")
    return f"{review_state(row)}, {keeper}"


def _behind(row: Any) -> str:
    numbers = {"number": row.translation.of.number, "read": row.english_number}
    return _("follows English version %(number)s, visitors read version %(read)s") % numbers


def _scheduled(row: Edition) -> str:
    return moment_in_words(row.publish_at) if row.publish_at else ""


def _comment(row: Comment) -> Thing:
    address = change_address(row.edition)
    return Thing(Truncator(row.words).chars(120), address, f"{row.who}, {row.edition}")


def _editions(
    permission: str, key: str, note: Callable[[Any], str], title: Any, nothing: Any, *, place: str = "change", **more: Any
) -> WaitingList:
    """Of editions, by the question `key` of `conditions.worklist`; each leads to its page, or right to what is to be done."""

    def rows(user: User) -> QuerySet[Edition]:
        found: QuerySet[Edition] = worklist.WAITING[key](user)
        return found.select_related("condition__owner", "reviewed_by").prefetch_related("condition__names")

    def thing(row: Edition) -> Thing:
        return Thing(str(row), reverse(f"admin:conditions_edition_{place}", args=[row.pk]), note(row))

    return WaitingList(permission, title, nothing, rows, thing, f"conditions_edition_changelist?waits={key}", **more)


def _whose(user: User) -> Any:
    """The own pages stand first."""
    return user.pk


_written = partial(_editions, "conditions.change_edition")
_approved = partial(_editions, "conditions.approve_edition")

LISTS = [
    _editions(
        "conditions.sign_off_edition",
        "sign",
        _to_sign,
        _("Waiting for your signature"),
        _("No text waits for your signature."),
        place="sign-off",
    ),
    _written("back", _sent_back, _("Sent back to you"), _("Nothing was sent back to you.")),
    WaitingList(
        "conditions.change_edition",
        _("Comments to answer"),
        _("Every comment on your drafts is answered."),
        rows=lambda user: (
            worklist.comments(user).select_related("edition__condition").prefetch_related("edition__condition__names")
        ),
        thing=_comment,
        every="conditions_edition_changelist?waits=comments",
    ),
    _approved("approve", _to_approve, _("Signed, waiting for approval"), _("No signed text waits."), place="approve"),
    _written("drafts", _draft, _("Your open drafts"), _("You have no other open draft.")),
    _written(
        "review",
        _review,
        _("Reviews overdue or due within 90 days"),
        _("No review is due within 90 days."),
        content=_whose,
    ),
    _written(
        "behind",
        _behind,
        _("Translations behind the English"),
        _("Every translation follows the English that visitors read."),
        content=_whose,
    ),
    _approved("scheduled", _scheduled, _("Going live soon"), _("No text waits for its day."), content=nothing_else),
]
