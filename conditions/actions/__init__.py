"""What is done with an edition: the only ways its status changes. Each verb is one transaction with its record and its log."""

from conditions.actions.commenting import add_comment, answer_comment, unanswered
from conditions.actions.drafting import Gap, gaps, restore, send_back, start_draft, submit
from conditions.actions.log import log_event, log_only
from conditions.actions.presence import others_present, record_presence
from conditions.actions.preview_links import comment_through_link, make_link, revoke_link
from conditions.actions.publishing import approve, months_after, still_to_sign, withdraw
from conditions.actions.signing import drop_stale_sign_off, earlier_signatures, last_signature, sign_off

__all__ = [
    "Gap",
    "add_comment",
    "answer_comment",
    "approve",
    "comment_through_link",
    "drop_stale_sign_off",
    "earlier_signatures",
    "gaps",
    "last_signature",
    "log_event",
    "log_only",
    "make_link",
    "months_after",
    "others_present",
    "record_presence",
    "restore",
    "revoke_link",
    "send_back",
    "sign_off",
    "start_draft",
    "still_to_sign",
    "submit",
    "unanswered",
    "withdraw",
]
