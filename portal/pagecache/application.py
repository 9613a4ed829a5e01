"""The WSGI application around Django's: answers from memory what it can, and lets Django answer the rest."""

from collections.abc import Callable, Iterable
from time import time as now
from typing import Any

from django.conf import settings

from foundation.pages.http import LONGEST_SHOWN, cache_control
from portal.health.counters import from_memory, made
from portal.pagecache.content_version import PATIENCE, Content, ContentMonitor, monitor as shared_monitor
from portal.pagecache.page import Headers, Page
from portal.pagecache.store import Store, store as shared_store
from portal.pagecache.upstream import Application, Environ, Key, ask, environ_of, key_of, page_from

GONE = ("404", "410")
LONGEST_WAIT = 10.0  # seconds for a page that somebody else is making
Start = Callable[..., Any]


class PageCache:
    """Keeps what `public_page` views answer for as long as it is true."""

    def __init__(
        self, application: Application, store: Store = shared_store, monitor: ContentMonitor = shared_monitor
    ) -> None:
        self.application, self.store, self.monitor = application, store, monitor
        monitor.active = True
        self.behind_proxy = bool(settings.TRUSTED_PROXIES)
        self.scheme_from = (settings.SECURE_PROXY_SSL_HEADER or ("wsgi.url_scheme",))[0]

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """PEP 3333. An address as most write it is its own key; others are looked into."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return self.application(environ, start_response)
        get = environ.get
        key: Any = get(self.scheme_from), get("HTTP_HOST"), environ["PATH_INFO"], get("QUERY_STRING")
        page = self.store.get(key) or self.store.get(key := key_of(environ))
        if key is None:
            return self.application(environ, start_response)
        self.monitor.refresh()
        content, at = self.monitor.content, now()
        if content is None:
            return self.application(environ, start_response)
        if isinstance(page, Page) and (page.holds(content, at) or self._is_last_word(page, content)):
            from_memory.inc()
            return self._send(page, environ, start_response)
        made.inc()
        return self._make_or_wait(key, environ, start_response, content)

    def _is_last_word(self, page: Page, content: Content) -> bool:
        """Whether nobody can make a newer one. What changed since may be withdrawn: then nginx shows what it heard last, or nobody anything."""
        return self.monitor.failed and page.stands(content, now())

    def _make_or_wait(self, key: Key, environ: Environ, start_response: Start, content: Content) -> Iterable[bytes]:
        made_by_other = self.store.claim(key)
        if made_by_other is None:
            try:
                page, answer = self._make(key, environ, content)
            finally:
                self.store.release(key)
            return self._send(page, environ, start_response) if page else self._pass_on(answer, environ, start_response)
        page = self._page(key)
        if not (page and page.is_spare(content, now())):
            made_by_other.wait(LONGEST_WAIT)
            page = self._page(key)
            if page is None or page.number < content.number or now() >= page.ends_at:
                return self.application(environ, start_response)
        return self._send(page, environ, start_response)

    def _page(self, key: Key) -> Page | None:
        page = self.store.get(key)
        return page if isinstance(page, Page) else None

    def _make(self, key: Key, environ: Environ, content: Content) -> tuple[Page | None, tuple[str, Headers, bytes]]:
        """Lets Django make a page and keeps it. None, and the answer, if it may not be kept.

        Where Django fails while nothing has changed, the last good page stays and is what it returns. Once something on it has
        ended it is not found: in the place of any fault nginx would show its old copy.
        """
        former, began = self._page(key), now()
        answer = ask(self.application, environ_of(key, environ))
        page = page_from(answer, content, began, key[2])
        if page:
            self.store.put(key, page)
        elif former and answer[0].startswith("5") and former.number == content.number:
            if former.stands(content, now()):
                return former, answer
            answer = "404 Not Found", *answer[1:]
        elif former:
            self.store.drop(key)
        return page, answer

    def _pass_on(self, answer: tuple[str, Headers, bytes], environ: Environ, start_response: Start) -> Iterable[bytes]:
        """What anybody is told and nobody keeps; somebody who is signed in may be told more, by Django itself while it can."""
        status, headers, body = answer
        if environ.get("HTTP_COOKIE") and not self.monitor.failed:
            return self.application(environ, start_response)
        if self.behind_proxy and status.startswith(GONE):  # else nginx has nothing newer than the old page when all nodes die
            headers = [*headers, ("X-Accel-Expires", f"@{int(now())}")]
        start_response(status, headers)
        return [body] if environ["REQUEST_METHOD"] == "GET" else []

    def _send(self, page: Page, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """The page, or that it is unchanged. What nobody else can see, Django may show to somebody who is signed in."""
        if not page.found and environ.get("HTTP_COOKIE"):
            return self.application(environ, start_response)
        page.used = at = now()
        tags = environ.get("HTTP_IF_NONE_MATCH")
        body: list[bytes]
        if tags and (page.tag in tags or tags == "*") and at < page.said_until:
            status, headers, body = "304 Not Modified", page.unchanged, []
        else:
            status = page.status
            headers, body = page.answer(environ.get("HTTP_ACCEPT_ENCODING", ""), at)
        doubt = self.monitor.age()
        if self.behind_proxy or doubt > PATIENCE or page.changes_at(at) < at + LONGEST_SHOWN:
            headers = self._with_time(headers, page, at, doubt)
        start_response(status, headers)
        return body if environ["REQUEST_METHOD"] == "GET" else []

    def _with_time(self, headers: Headers, page: Page, at: float, doubt: float) -> Headers:
        """What is true of this second only: nobody keeps a page past the moment at which it changes, nor takes a stale one for fresh.

        `doubt` is for how long (seconds) nobody could tell if it is still true. nginx keeps a page for the rest of the second
        (`X-Accel-Expires`), so that it is never more than a second behind; one in doubt, or about to be made anew, it does not keep.
        """
        timed = list(headers)
        if page.changes_at(at) < at + LONGEST_SHOWN:
            left = page.changes_at(at) - at
            timed = [
                (name, cache_control(left, stale_too="stale" in value) if name.lower() == "cache-control" else value)
                for name, value in timed
            ]
        if doubt > PATIENCE:
            timed += [("Warning", '110 - "Response is Stale"'), ("Age", str(max(0, int(min(doubt, at - page.made)))))]
        sure = self.monitor.sure_content()
        if self.behind_proxy and sure and page.number == sure.number:
            timed.append(("X-Accel-Expires", f"@{int(at)}"))
        return timed
