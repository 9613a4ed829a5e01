"""What the log may hold: where and when something happened, never who asked or what they typed."""

import logging
import re
import traceback

from django.conf import settings

OURS = set("AttributeError ImportError ImproperlyConfigured NameError OperationalError OSError TemplateSyntaxError".split())
MOST = 2_000  # characters of what was sent to us, or of one fault's words, that are logged
WORD = 300  # characters; no address of a person, number or secret is longer
LEFT_OUT = "(its words are left out: they can hold what somebody typed)"
RULES = [  # each looks at a text once from left to right, however long it is and whatever it repeats
    (re.compile(rf"({'|'.join(map(re.escape, settings.SECRET_ADDRESSES))})[^\s\"'<>?]+", re.IGNORECASE), r"\1…/"),
    (re.compile(r"\?\S+"), "?…"),
    (re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])"), "[secret]"),  # what `tokens.new` makes, wherever it stands
    (re.compile(r"(?<![^\s@<>\"'()=/])[^\s@<>\"'()=/]+(?:@|%40)[^\s@<>\"'()/]+"), "[email]"),
    (re.compile(r"(?<![\w.])\+\d[\d\s().-]{6,18}\d(?!\w)"), "[phone]"),
    (re.compile(r"(?<![\w.])(?:1[\s.-]?)?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}(?!\w)"), "[phone]"),
]


def scrub(text: str) -> str:
    """`text` without secrets in addresses, query strings, email addresses and phone numbers; of a long one its beginning."""
    return _without_personal(_cut(text))


def _without_personal(text: str) -> str:
    for pattern, instead in RULES:
        text = pattern.sub(instead, text)
    return text


def _cut(text: str) -> str:
    """At most `MOST` characters, ending between words: half an address of a person would no longer be known as one."""
    if len(text) <= MOST:
        return text
    ends = max(text.rfind(sign, MOST - WORD, MOST) for sign in " \n/")
    return text[: ends if ends > 0 else MOST - WORD].rstrip(" 0123456789().+-") + "…"


class Scrub(logging.Filter):
    """Rewrites every record on its way to a handler. Tracebacks keep their lines; only faults of ours keep their words."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(_message(record)), None
        if record.levelno < logging.ERROR:
            record.exc_info = None  # a refusal or an unknown address is no fault of the code
        elif record.exc_info and record.exc_info[1]:
            record.exc_text = _without_personal(_describe(record.exc_info[1]))
        if record.stack_info:
            record.stack_info = _without_personal(record.stack_info)
        record.__dict__.pop("request", None)  # holds the form; a handler that sends records away would send it too
        return True


def _message(record: logging.LogRecord) -> str:
    """A record whose arguments do not fit its words is logged without them."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


def _describe(fault: BaseException) -> str:
    chain: list[BaseException] = []
    cause: BaseException | None = fault
    while cause and cause not in chain:
        chain.insert(0, cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n… and then:\n".join("".join(traceback.format_tb(each.__traceback__)) + _line(each) for each in chain)


def _line(fault: BaseException) -> str:
    harmless = OURS & {kind.__name__ for kind in type(fault).__mro__}
    return f"{type(fault).__module__}.{type(fault).__qualname__}: {_cut(str(fault)) if harmless else LEFT_OUT}"
