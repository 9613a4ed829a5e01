"""The WSGI application around Django's: answers from memory what it can, and lets Django answer the rest."""

from collections.abc import Callable, Iterable
from io import BytesIO
from time import time as now
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, resolve
from django.utils import translation

from foundation.pages.http import LONGEST_SHOWN, cache_control
from portal.health.counters import from_memory, made
from portal.pagecache.content_version import PATIENCE, Content, ContentMonitor, monitor as shared_monitor
from portal.pagecache.page import Headers, Page
from portal.pagecache.store import Store, store as shared_store

Key = tuple[str, str, str, str]  # scheme, host, path, query
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Start = Callable[..., Any]

GONE = ("404", "410")
LONGEST_WAIT = 10.0  # seconds for a page that somebody else is making
LONGEST_VALUE = 100  # characters of a query's value; a longer one means nothing to any page
LONGEST_ADDRESS = 300  # bytes of a path or host; no public page has a longer one
PASSED_ON = ("SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "HTTP_HOST")
KEPT = ("200 ", "301 ", "404 ")


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
        # Where nobody can make a newer one it is the last word; not once something changed that may be withdrawn: then nginx
        # shows what it heard last, or nobody anything.
        if isinstance(page, Page) and (page.holds(content, at) or (self.monitor.failed and page.stands(content, at))):
            from_memory.inc()
            return self._send(page, environ, start_response)
        made.inc()
        return self._make_or_wait(key, environ, start_response, content)

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


# --- asking Django as anybody would, without what tells one visitor from another --------------------------------------


def _scheme(environ: Environ) -> str:
    """As Django will see it: what a trusted proxy says, else how we were asked."""
    header, secure = settings.SECURE_PROXY_SSL_HEADER or ("", "")
    if header in environ:
        return "https" if environ[header].split(",")[0].strip() == secure else "http"
    return str(environ["wsgi.url_scheme"])


def key_of(environ: Environ) -> Key | None:
    """Under which a page is kept; None for what is no public page, is too long, or is asked of a host that is not ours."""
    path, host = environ["PATH_INFO"], environ.get("HTTP_HOST", "").lower()
    if len(path) > LONGEST_ADDRESS or len(host) > LONGEST_ADDRESS:
        return None
    names = _parameters(path)
    if names is None or not _is_ours(host):
        return None
    query = environ.get("QUERY_STRING", "") if names else ""
    given = dict(parse_qsl(query))
    declared = {name: given[name] for name in names if 0 < len(given.get(name, "")) <= LONGEST_VALUE}
    return _scheme(environ), host, path, urlencode(declared)


def _parameters(path: str) -> tuple[str, ...] | None:
    """The query parameters that the page at `path` declares; None if no public page is there (`foundation.pages.http.public_page`)."""
    try:
        path = path.encode("latin-1").decode()  # WSGI hands on bytes in this guise (PEP 3333)
        with translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE):
            return getattr(resolve(path).func, "page_query", None)
    except (Resolver404, UnicodeError):
        return None


def _is_ours(host: str) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def environ_of(key: Key, asked: Environ) -> Environ:
    """A GET of this page with no cookie, no language, no condition and no name of the visitor's."""
    scheme, host, path, query = key
    environ = {name: value for name, value in asked.items() if name.startswith("wsgi.") or name in PASSED_ON}
    if settings.SECURE_PROXY_SSL_HEADER:
        environ[settings.SECURE_PROXY_SSL_HEADER[0]] = scheme
    return environ | {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": host,
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(),
    }


def ask(application: Application, environ: Environ) -> tuple[str, Headers, bytes]:
    """Status, headers and body."""
    head: list[Any] = []

    def start(status: str, headers: Headers, _fault: Any = None) -> None:
        head[:] = status, headers

    parts = application(environ, start)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = head
    return status, headers, body


def page_from(answer: tuple[str, Headers, bytes], content: Content, made: float, path: str) -> Page | None:
    """What may be kept of an answer; None for one with a cookie, without leave to keep it, or of another status."""
    status, headers, _body = answer
    given = {name.lower(): value for name, value in headers}
    free = given.get("cache-control", "").startswith("public") and "set-cookie" not in given
    if not status.startswith(KEPT) or not free or "cookie" in given.get("vary", "").lower():
        return None
    return Page(answer, content, made, path)
