"""The short name of one request, which nginx gives or we do: in the log, on pages that say sorry, in mails that came of it."""

import logging
import re
import secrets
from contextvars import ContextVar

FORM = re.compile(r"[0-9a-f]{4}-[0-9a-f]{4}")  # four billion of them, and short enough to be read out on the phone
NONE = ""
META = "REQUEST_ID"  # where a request carries it; no header of a client gets there

current: ContextVar[str] = ContextVar("request_id", default=NONE)


def new() -> str:
    return f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"


class RequestId(logging.Filter):
    """Gives every record its `request_id`; what Django says after an answer names its request itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        meta = getattr(getattr(record, "request", None), "META", {})
        record.request_id = meta.get(META) or current.get() or "-"
        return True
