"""One finished page: its bytes as they leave, its headers, and until when it is true."""

import gzip
import hashlib
import re
from time import time as now

import brotli

from foundation.pages.http import HOLDS_UNTIL, LONGEST_SHOWN, PAGE_LIFETIME
from portal.pagecache.content_version import Content
from portal.pagecache.store import Kept

Headers = list[tuple[str, str]]
Answer = tuple[Headers, list[bytes]]  # and the body

GRACE = 0.5  # seconds for which others still get a page that has just changed, while it is made anew
WORTH_PACKING = 800  # bytes; below, the headers are most of the answer
COMPRESSIBLE = ("text/", "application/", "image/svg+xml")
REMADE = frozenset(
    {"content-length", "etag", "vary", "connection", "date", HOLDS_UNTIL.lower()}
)  # headers that are ours to set
NOW = re.compile(rb'<b class="live">.*?</b> ?', re.DOTALL)  # said of the present, true until `Page.said_until`
WHEN_UNCHANGED = frozenset({"etag", "vary", "cache-control", "content-location", "expires"})  # RFC 9110, 15.4.5
# What `Accept-Encoding` allows of ours, smallest first (RFC 9110, 12.5.3).
ACCEPTS = {coding: re.compile(rf"\b{coding}\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE) for coding in ("br", "gzip")}


class Page(Kept):
    """An answer of Django's to anybody; `found` unless it says that there is nothing.

    It is true from `made` to `until`, and may be shown to others while one makes it anew to `spare_until`; `moment` is when it
    changes by itself, `said_until` to when what it says of the present is true, and `ends_at` when something that stands on it
    must be shown no more (Unix seconds).
    """

    __slots__ = (
        *("status", "tag", "found", "headers", "unchanged", "plain", "packed"),
        *("number", "made", "until", "spare_until", "moment", "said_until", "ends_at"),
    )

    def __init__(self, answer: tuple[str, Headers, bytes], content: Content, made: float, path: str) -> None:
        status, headers, body = answer
        self.status, self.found = status, not status.startswith("404")
        self.said_until = float(next((value for name, value in headers if name == HOLDS_UNTIL), "inf"))
        self.ends_at = content.end_of(path, body, made)
        self.number, self.made, self.moment = content.number, made, min(content.next_moment(made), self.said_until)
        self.until = min(made + PAGE_LIFETIME, self.moment)
        self.spare_until = max(self.until + GRACE, min(self.until + PAGE_LIFETIME, self.moment))
        self.tag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
        self.used = now()
        self._pack([header for header in headers if header[0].lower() not in REMADE], body)

    def _pack(self, headers: Headers, body: bytes) -> None:
        """Keeps the body in brotli and in gzip; unpacked only where packing is not worth it."""
        kind = next((value for name, value in headers if name.lower() == "content-type"), "")
        text = kind.startswith(COMPRESSIBLE)
        self.headers = [*headers, ("ETag", self.tag), *([("Vary", "Accept-Encoding")] if text else [])]
        self.unchanged = [(name, value) for name, value in self.headers if name.lower() in WHEN_UNCHANGED]
        self.packed: dict[str, Answer] = {}
        self.plain: Answer | None = None
        if text and len(body) >= WORTH_PACKING:
            self.packed["br"] = self._answer(brotli.compress(body, mode=brotli.MODE_TEXT, quality=10), "br")
            self.packed["gzip"] = self._answer(gzip.compress(body, 6, mtime=0), "gzip")
        else:
            self.plain = self._answer(body)
        kept = [self.plain] if self.plain else self.packed.values()
        self.size = sum(len(body) for _headers, [body] in kept) + 3000  # and about so much for headers and names

    def _answer(self, body: bytes, coding: str = "") -> Answer:
        encoding = [("Content-Encoding", coding)] * bool(coding)
        return [*self.headers, *encoding, ("Content-Length", str(len(body)))], [body]

    def answer(self, accepted: str, at: float) -> Answer:
        """As small as a reader of these codings can take it; for the few who take neither it is unpacked each time.

        Shown longer than it is true, for want of a newer one, it no longer says what was so when it was made.
        """
        if at >= self.said_until:
            return self._answer(NOW.sub(b"", self._body()))
        for coding, answer in self.packed.items():
            if ACCEPTS[coding].search(accepted):
                return answer
        return self.plain or self._answer(self._body())

    def _body(self) -> bytes:
        return self.plain[1][0] if self.plain else gzip.decompress(self.packed["gzip"][1][0])

    def changes_at(self, at: float) -> float:
        """Until when nobody may keep it: a change to come soon, or the end of what it says of the present."""
        return self.moment if self.moment < at + PAGE_LIFETIME else min(self.said_until, self.ends_at)

    def holds(self, content: Content, at: float) -> bool:
        """Whether it is true; not before it was made, where the clock was set back."""
        return self.number == content.number and self.made <= at < self.until

    def stands(self, content: Content, at: float) -> bool:
        """Whether it may be shown for want of a newer one: nothing was changed that is known of, and nothing on it has ended."""
        return self.number == content.number and at < min(self.ends_at, self.made + LONGEST_SHOWN)

    def is_spare(self, content: Content, at: float) -> bool:
        """Whether it may still be shown to others while one makes it anew."""
        changed = content.since + GRACE if self.number != content.number else self.spare_until
        return at < min(changed, self.spare_until)
