"""What is done with an edition: the only ways its status changes. Each verb is one transaction with its record and its log."""

from conditions.actions.commenting import add_comment, answer_comment, unanswered
from conditions.actions.drafting import Gap, gaps, restore, send_back, start_draft, submit
from conditions.actions.log import log_only, log_step
from conditions.actions.publishing import approve, months_after, still_to_sign, withdraw
from conditions.actions.signing import drop_stale_sign_off, earlier_signatures, last_signature, sign_off
from foundation.workflow import Who

__all__ = [
    "Gap",
    "Who",
    "add_comment",
    "answer_comment",
    "approve",
    "drop_stale_sign_off",
    "earlier_signatures",
    "gaps",
    "last_signature",
    "log_only",
    "log_step",
    "months_after",
    "restore",
    "send_back",
    "sign_off",
    "start_draft",
    "still_to_sign",
    "submit",
    "unanswered",
    "withdraw",
]
