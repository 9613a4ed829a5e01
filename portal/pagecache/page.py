"""One finished page: its bytes as they leave, its headers, and until when it is true."""

import gzip
import hashlib
from functools import lru_cache
from time import time as now

import brotli

from foundation.publishing.version import Content

Headers = list[tuple[str, str]]

MINUTE = 60.0  # seconds: the longest that a page is kept without being made anew
GRACE = 0.5  # seconds for which others still get a page that has just changed, while it is made anew
WORTH_PACKING = 800  # bytes; below, the headers are most of the answer
COMPRESSIBLE = ("text/", "application/", "image/svg+xml")
PLAIN, GZIP, BROTLI = "", "gzip", "br"
QUICK, BEST = 5, 11  # brotli: half a millisecond for a page, and thirty
REMADE = frozenset({"content-length", "etag", "vary", "connection", "date"})  # headers that are ours to set
WHEN_UNCHANGED = frozenset({"etag", "vary", "cache-control", "content-location", "expires"})  # RFC 9110, 15.4.5


class Page:
    """An answer of Django's to anybody; `found` unless it says that there is nothing. `until` and `spare_until` are Unix seconds; `used` is when it was last sent."""

    __slots__ = (
        *("status", "headers", "tag", "bodies", "ready", "unchanged", "number", "made", "until", "spare_until"),
        *("moment", "used", "times", "best", "size", "found"),
    )

    def __init__(self, status: str, headers: Headers, body: bytes, content: Content, made: float) -> None:
        self.status, self.number, self.made, self.used, self.times = status, content.number, made, now(), 0
        self.headers = [(name, value) for name, value in headers if name.lower() not in REMADE]
        self.tag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
        self.moment = content.next_moment(made)
        self.until = min(made + MINUTE, self.moment)
        self.spare_until = self.until + (MINUTE if self.moment > self.until else GRACE)
        self.found, self.best = not status.startswith("404"), False
        self._pack(body, QUICK)

    def _pack(self, body: bytes, quality: int) -> None:
        """Keeps the body packed only, where packing is worth it: who reads neither gets it unpacked (`plain`)."""
        kind = next((value for name, value in self.headers if name.lower() == "content-type"), "")
        text = kind.startswith(COMPRESSIBLE)
        bodies = {PLAIN: body}
        if text and len(body) >= WORTH_PACKING:
            mode = brotli.MODE_TEXT
            bodies = {GZIP: gzip.compress(body, 9, mtime=0), BROTLI: brotli.compress(body, mode=mode, quality=quality)}
        self._keep(bodies, varies=text)

    def _keep(self, bodies: dict[str, bytes], *, varies: bool) -> None:
        common = [*self.headers, ("ETag", self.tag), *([("Vary", "Accept-Encoding")] if varies else [])]
        self.bodies = bodies
        self.ready = {
            coding: (common + [("Content-Encoding", coding)] * bool(coding) + [("Content-Length", str(len(body)))], [body])
            for coding, body in bodies.items()
        }
        self.unchanged = [(name, value) for name, value in common if name.lower() in WHEN_UNCHANGED]
        self.size = sum(map(len, bodies.values())) + 3000  # and about so much for headers and names

    def take_packed(self, former: "Page") -> None:
        """Uses what was packed before, if the bytes are the same: it may be the better packed one."""
        if former.tag == self.tag and former.headers == self.headers:
            self.bodies, self.ready, self.unchanged, self.size = former.bodies, former.ready, former.unchanged, former.size
            self.best = former.best

    def pack_best(self) -> None:
        """Packs as small as it goes."""
        if BROTLI in self.bodies:
            self._pack(self.plain(), BEST)
        self.best = True

    def plain(self) -> bytes:
        """The body as Django made it."""
        return self.bodies[PLAIN] if PLAIN in self.bodies else gzip.decompress(self.bodies[GZIP])

    def spare(self, content: Content, at: float) -> bool:
        """Whether it may still be shown to others while one makes it anew."""
        same = self.number == content.number
        return at < self.spare_until if same else at < min(content.since + GRACE, self.spare_until)


@lru_cache(1000)
def wanted(accepted: str) -> tuple[str, ...]:
    """The codings of ours that `Accept-Encoding` allows, smallest first; the plain body is always there (RFC 9110, 12.5.3)."""
    allowed = set()
    for part in accepted.lower().split(","):
        name, *details = (word.strip() for word in part.split(";"))
        if not any(word.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for word in details):
            allowed.add(name)
    return tuple(coding for coding in (BROTLI, GZIP) if coding in allowed)
