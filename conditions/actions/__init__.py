"""What is done with an edition: the only ways its status changes. Each verb is one transaction with its record and its log."""

from conditions.actions.commenting import add_comment, answer_comment, unanswered
from conditions.actions.drafting import Gap, gaps, restore, send_back, start_draft, submit
from conditions.actions.publishing import approve, months_after, still_to_sign, withdraw
from conditions.actions.signing import drop_stale_sign_off, earlier_signatures, last_signature, sign_off
from conditions.actions.steps import NotAllowed, Who, log, tell

__all__ = [
    "Gap",
    "NotAllowed",
    "Who",
    "add_comment",
    "answer_comment",
    "approve",
    "drop_stale_sign_off",
    "earlier_signatures",
    "gaps",
    "last_signature",
    "log",
    "months_after",
    "restore",
    "send_back",
    "sign_off",
    "start_draft",
    "still_to_sign",
    "submit",
    "tell",
    "unanswered",
    "withdraw",
]
