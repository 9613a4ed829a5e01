"""One finished page: its bytes as they leave, its headers, and until when it is true."""

import gzip
import hashlib
from functools import lru_cache
from time import time as now

import brotli

from portal.pagecache.content_version import Content

Headers = list[tuple[str, str]]
Answer = tuple[Headers, list[bytes]]  # and the body

MINUTE = 60.0  # seconds: the longest that a page is kept without being made anew
GRACE = 0.5  # seconds for which others still get a page that has just changed, while it is made anew
WORTH_PACKING = 800  # bytes; below, the headers are most of the answer
COMPRESSIBLE = ("text/", "application/", "image/svg+xml")
PLAIN, GZIP, BROTLI = "", "gzip", "br"
QUICK, BEST = 5, 11  # brotli: half a millisecond for a page, and thirty
REMADE = frozenset({"content-length", "etag", "vary", "connection", "date"})  # headers that are ours to set
WHEN_UNCHANGED = frozenset({"etag", "vary", "cache-control", "content-location", "expires"})  # RFC 9110, 15.4.5


class Page:
    """An answer of Django's to anybody; `found` unless it says that there is nothing. `until` and `spare_until` are Unix seconds; `used` is when it was last sent.

    `size` is in bytes, and `counted` what of it the store has counted (None: the page is not in it).
    """

    __slots__ = (
        *("status", "headers", "tag", "common", "ready", "unchanged", "number", "made", "until", "spare_until"),
        *("moment", "used", "times", "best", "size", "counted", "found"),
    )

    def __init__(self, status: str, headers: Headers, body: bytes, content: Content, made: float) -> None:
        self.status, self.number, self.made, self.used, self.times = status, content.number, made, now(), 0
        self.headers = [_shared(header) for header in headers if header[0].lower() not in REMADE]
        self.tag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
        self.moment = content.next_moment(made)
        self.until = min(made + MINUTE, self.moment)
        self.spare_until = self.until + (MINUTE if self.moment > self.until else GRACE)
        self.found, self.best = not status.startswith("404"), False
        self.counted: int | None = None
        self._pack(body, QUICK)

    def _pack(self, body: bytes, quality: int) -> None:
        """Keeps the body in one form: packed, where packing is worth it. Readers meet the former form or this one."""
        kind = next((value for name, value in self.headers if name.lower() == "content-type"), "")
        text = kind.startswith(COMPRESSIBLE)
        coding, kept = PLAIN, body
        if text and len(body) >= WORTH_PACKING:
            coding, kept = BROTLI, brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality)
        self.common = [*self.headers, ("ETag", self.tag), *([("Vary", "Accept-Encoding")] if text else [])]
        self.unchanged = [(name, value) for name, value in self.common if name.lower() in WHEN_UNCHANGED]
        self.ready = {coding: self._whole(coding, kept)}
        self.size = len(kept) + 3000  # and about so much for headers and names

    def _whole(self, coding: str, body: bytes) -> Answer:
        encoding = [("Content-Encoding", coding)] * bool(coding)
        return [*self.common, *encoding, ("Content-Length", str(len(body)))], [body]

    def in_gzip(self) -> Answer:
        """For a reader of gzip; kept from now on. Most read brotli, so it is not made before."""
        body = gzip.compress(self.plain(), 9, mtime=0)
        answer = self.ready[GZIP] = self._whole(GZIP, body)
        self.size += len(body)
        return answer

    def unpacked(self) -> Answer:
        """For who reads neither; made each time."""
        return self._whole(PLAIN, self.plain())

    def take_packed(self, former: "Page") -> None:
        """Uses what was packed before, if the bytes are the same: it may be the better packed one."""
        if former.tag == self.tag and former.headers == self.headers:
            self.ready, self.common, self.unchanged, self.size = former.ready, former.common, former.unchanged, former.size
            self.best = former.best

    def pack_best(self) -> None:
        """Packs as small as it goes."""
        if BROTLI in self.ready:
            self._pack(self.plain(), BEST)
        self.best = True

    def plain(self) -> bytes:
        """The body as Django made it."""
        ready = self.ready
        return ready[PLAIN][1][0] if PLAIN in ready else bytes(brotli.decompress(ready[BROTLI][1][0]))

    def spare(self, content: Content, at: float) -> bool:
        """Whether it may still be shown to others while one makes it anew."""
        same = self.number == content.number
        return at < self.spare_until if same else at < min(content.since + GRACE, self.spare_until)


@lru_cache(1000)
def _shared(header: tuple[str, str]) -> tuple[str, str]:
    """The same for all pages that have it: most headers are alike on every page."""
    return header


@lru_cache(1000)
def wanted(accepted: str) -> tuple[str, ...]:
    """The codings of ours that `Accept-Encoding` allows, smallest first; the plain body is always there (RFC 9110, 12.5.3)."""
    allowed = set()
    for part in accepted.lower().split(","):
        name, *details = (word.strip() for word in part.split(";"))
        if not any(word.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for word in details):
            allowed.add(name)
    return tuple(coding for coding in (BROTLI, GZIP) if coding in allowed)
