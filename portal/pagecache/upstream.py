"""Asking Django for a page as anybody would, without what tells one visitor from another."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, resolve
from django.utils import translation

from portal.pagecache.content_version import Content
from portal.pagecache.page import Headers, Page

Key = tuple[str, str, str, str]  # scheme, host, path, query
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

LONGEST_VALUE = 100  # characters of a query's value; a longer one means nothing to any page
LONGEST_ADDRESS = 300  # bytes of a path or host; no public page has a longer one
PASSED_ON = ("SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "HTTP_HOST")
KEPT = ("200 ", "301 ", "404 ")


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
