"""The WSGI application around Django's: answers from memory what it can, and lets Django answer the rest."""

from collections.abc import Callable, Iterable
from time import time as now
from typing import Any

from django.conf import settings

from portal.pagecache.content_version import DOUBT, Content, Watch
from portal.pagecache.content_version import watch as shared_watch
from portal.pagecache.keeping import Keeper
from portal.pagecache.page import GZIP, PLAIN, Answer, Headers, Page, wanted
from portal.pagecache.store import Key, Pages
from portal.pagecache.upstream import LONGEST, Application, Environ, ask, environ_of, key_of, page_from

NOTHING: list[bytes] = []
GONE = ("404", "410")
PATIENCE = 10.0  # seconds to wait for a page that somebody else is making
Start = Callable[..., Any]


class PageCache:
    """Keeps what `public_page` views answer, at most `most` bytes of it, for as long as it is true."""

    def __init__(self, application: Application, most: int, watch: Watch = shared_watch) -> None:
        self.application, self.watch, self.pages = application, watch, Pages(most)
        self.keeper = Keeper(self)
        self.behind_proxy = bool(settings.TRUSTED_PROXIES)
        header, _secure = settings.SECURE_PROXY_SSL_HEADER or ("wsgi.url_scheme", "")
        self.scheme_from = header

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """PEP 3333. What is known and true leaves at once; nothing here asks the database."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return self.application(environ, start_response)
        get = environ.get
        page = self.pages.get((get(self.scheme_from), get("HTTP_HOST"), environ["PATH_INFO"], get("QUERY_STRING")))  # type: ignore[arg-type]
        if page:
            at, watch = now(), self.watch
            if page.until > at and page.number == watch.content.number and at - watch.confirmed < DOUBT:  # type: ignore[union-attr]
                return self._send(page, environ, start_response, at)
        key = key_of(environ)
        return self._find(key, environ, start_response) if key else self.application(environ, start_response)

    def _find(self, key: Key, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """A page that is not at hand as it was asked for, or is no longer true."""
        if not self.watch.started:
            self.watch.start()
            self.keeper.start()
        page, content, at = self.pages.get(key), self.watch.content, now()
        if page and content:
            true = page.until > at and page.number == content.number
            if true or not self.watch.answers():
                return self._send(page, environ, start_response, at)
        if content is None:
            return self.application(environ, start_response)
        return self._make_or_wait(key, environ, start_response, content)

    def _make_or_wait(self, key: Key, environ: Environ, start_response: Start, content: Content) -> Iterable[bytes]:
        made_by_other = self.pages.claim(key)
        if made_by_other is None:
            try:
                page, answer = self.make(key, environ, content)
            finally:
                self.pages.release(key)
            return self._send(page, environ, start_response, now()) if page else self._pass_on(answer, environ, start_response)
        page = self.pages.get(key)
        if not (page and page.spare(content, now())):
            made_by_other.wait(PATIENCE)
            page = self.pages.get(key)
            if page is None or page.number < content.number:
                return self.application(environ, start_response)
        return self._send(page, environ, start_response, now())

    def make(self, key: Key, environ: Environ, content: Content) -> tuple[Page | None, tuple[str, Headers, bytes]]:
        """Lets Django make a page and keeps it, for whoever claimed it. None, and the answer, if it may not be kept.

        Where Django fails while nothing has changed, the last good page stays and is what it returns.
        """
        former, made = self.pages.get(key), now()
        answer = ask(self.application, environ_of(key, environ))
        page = page_from(answer, content, made)
        if page:
            if former:
                page.take_packed(former)
                page.used, page.times = former.used, former.times
            self.pages.put(key, page)
        elif former and answer[0].startswith("5") and (former.number == content.number or not self.watch.answers()):
            return former, answer
        elif former:
            self.pages.drop(key)
        return page, answer

    def _pass_on(self, answer: tuple[str, Headers, bytes], environ: Environ, start_response: Start) -> Iterable[bytes]:
        """What anybody is told and nobody keeps; somebody who is signed in may be told more, by Django itself."""
        status, headers, body = answer
        if environ.get("HTTP_COOKIE"):
            return self.application(environ, start_response)
        if self.behind_proxy and status.startswith(GONE):  # else nginx has nothing newer than the old page when all nodes die
            headers = [*headers, ("X-Accel-Expires", f"@{int(now())}")]
        start_response(status, headers)
        return [body] if environ["REQUEST_METHOD"] == "GET" else []

    def _send(self, page: Page, environ: Environ, start_response: Start, at: float) -> Iterable[bytes]:
        """The page, or that it is unchanged. What nobody else can see, Django may show to somebody who is signed in."""
        if not page.found and environ.get("HTTP_COOKIE"):
            return self.application(environ, start_response)
        page.used = at
        page.times += 1
        tags = environ.get("HTTP_IF_NONE_MATCH")
        if tags and (page.tag in tags or tags == "*"):
            status, headers, body = "304 Not Modified", page.unchanged, NOTHING
        else:
            status = page.status
            headers, body = self._packed(page, environ.get("HTTP_ACCEPT_ENCODING", ""))
        doubt = at - self.watch.confirmed
        if self.behind_proxy or doubt > DOUBT or page.moment < at + 60:
            headers = self._with_time(headers, page, at, doubt)
        start_response(status, headers)
        return body if environ["REQUEST_METHOD"] == "GET" else []

    def _packed(self, page: Page, accepted: str) -> Answer:
        for coding in wanted(accepted if len(accepted) <= LONGEST else ""):
            answer = page.ready.get(coding)
            if answer is None and coding == GZIP and PLAIN not in page.ready:
                answer = page.in_gzip()
                self.pages.resized(page)
            if answer:
                return answer
        return page.ready.get(PLAIN) or page.unpacked()

    def _with_time(self, headers: Headers, page: Page, at: float, doubt: float) -> Headers:
        """What is true of this second only: nobody keeps a page past the moment at which it changes, nor takes a stale one for fresh.

        `doubt` is for how long (seconds) nobody could tell if it is still true. nginx keeps a page for the rest of the second (`X-Accel-Expires`), so that it is
        never more than a second behind; one that is about to be made anew it does not keep.
        """
        told = list(headers)
        if page.moment < at + 60:
            left = max(0, int(page.moment - at))
            told = [(n, f"public, max-age={left}" if n.lower() == "cache-control" else v) for n, v in told]
        if doubt > DOUBT:
            told += [("Warning", '110 - "Response is Stale"'), ("Age", str(int(doubt)))]
        if self.behind_proxy and self.watch.content and page.number == self.watch.content.number:
            told.append(("X-Accel-Expires", f"@{int(at)}"))
        return told
