"""What is true of every answer: its language, its policy, and who may keep a copy."""

import re
from collections.abc import Callable
from http import HTTPStatus
from time import perf_counter

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.gzip import GZipMiddleware
from django.urls import is_valid_path
from django.utils import translation

from foundation import request_id
from portal.health import counters
from portal.pagecache.content_version import database_answers
from portal.views.errors import STAFF, unavailable

_SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))
_STRAY = _SPACES + ".,;:!?…()[]{}<>«»“”‘’\"'*"  # ends a sentence, or closes what stands around an address
_REFUSED_CODING = re.compile(r"\b[\w-]+\s*;\s*q=0(\.0*)?\s*(?=,|$)", re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")
# What a page waits for; not paper's sheet, which says first what it is for.
_EARLY = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
_SECRET = re.compile("|".join(settings.SECRET_ADDRESSES), re.IGNORECASE)  # where a large letter is not the small one

Next = Callable[[HttpRequest], HttpResponse]

UNTYPED = (settings.MEDIA_URL, settings.STATIC_URL)  # nobody types these; their names stand as they were made
WITHOUT_DATABASE = {
    *("/healthz", "/readyz", "/metrics"),
    *("/robots.txt", "/opensearch.xml", "/favicon.ico", "/.well-known/security.txt"),
}
# Of staff's pages, those of what is published and the first one: nothing there echoes an address beside a family's data (decision 54).
COMPRESSED = re.compile(r"/admin/(?:jsi18n/|(?:conditions|directory|guides|news|pictures|preview)/.*)?", re.ASCII)
START = re.compile(r"(?:/[a-z-]+)?/appointments/", re.ASCII)
TRUSTED_TYPES = {"require-trusted-types-for": ["'script'"], "trusted-types": ["'none'"]}
PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


def name_request(get_response: Next) -> Next:
    """Gives each request its short name: that of the proxy which we trust, else one of ours."""

    def answer(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
        name = given if request_id.FORM.fullmatch(given) else request_id.new()
        request.META[request_id.META] = name
        token = request_id.current.set(name)
        try:
            response = get_response(request)
        finally:
            request_id.current.reset(token)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            response.headers["X-Request-ID"] = name
        return response

    return answer


def measure(get_response: Next) -> Next:
    """For `/metrics`: how long answers take, by view and kind of status."""

    def answer(request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        response = get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else ""
        counters.render.labels(view, f"{response.status_code // 100}xx").observe(perf_counter() - began)
        return response

    return answer


def refused_codings(get_response: Next) -> Next:
    """Takes what a reader refuses (`br;q=0`) out of `Accept-Encoding`, for WhiteNoise, which looks for the names alone."""

    def answer(request: HttpRequest) -> HttpResponse:
        accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
        if "q=0" in accepted:
            request.META["HTTP_ACCEPT_ENCODING"] = _REFUSED_CODING.sub("", accepted)
        return get_response(request)

    return answer


def cache_policy(get_response: Next) -> Next:
    """`no-store` unless a view says otherwise, and always with a cookie; plus the headers that never change."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        view = getattr(request.resolver_match, "func", None)
        if response.status_code == HTTPStatus.NOT_FOUND and hasattr(view, "page_query"):
            response.headers.setdefault("Cache-Control", "public, max-age=10")  # where a page may come to be, or come back
        if "Cache-Control" not in response.headers or response.cookies:
            response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        is_public = response.headers["Cache-Control"].startswith("public")
        is_html = response.get("Content-Type", "").startswith("text/html")
        if (is_public and is_html) or START.fullmatch(request.path_info):
            sheets = _EARLY.findall(response.text)
            if sheets:  # the browser asks for them before it has unpacked the page (decision 0014)
                response.headers["Link"] = ", ".join(f"<{address}>; rel=preload; as=style" for address in sheets)
        return response

    return answer


def compress(get_response: Next) -> Next:
    """Packs what `COMPRESSED` names, and the start of the form for who brings no cookie: nobody's words stand there yet.

    Its length says little: proofs of origin look new each time, and random bytes are added.
    """
    packing = GZipMiddleware(get_response)

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if COMPRESSED.fullmatch(request.path_info) or (START.fullmatch(request.path_info) and not request.COOKIES):
            packing.process_response(request, response)  # packs it in place
        return response

    return answer


def language_from_path(get_response: Next) -> Next:
    """`/es/…` is Spanish, everything else English: an address always means the same page, whoever asks."""

    def answer(request: HttpRequest) -> HttpResponse:
        language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return answer


def tidy_address(get_response: Next) -> Next:
    """An address as it is typed, or cut out of a sentence, leads to its page at once: without what stands around it.

    Private links too: so no copy is kept, and no other site learns of it.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        is_typed = not path.startswith(UNTYPED) and not path.lower().startswith(STAFF) and request.method in {"GET", "HEAD"}
        tidy = _tidy(path) if is_typed else path
        if tidy == path:
            return get_response(request)
        query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
        address = f"{request.path.removesuffix(path)}{tidy}{query}"
        return HttpResponseRedirect(address, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})

    return answer


def _tidy(path: str) -> str:
    """The address of ours that is meant by `path`: itself, or without stray signs, in small letters, with its slash."""
    bare = _SLASHES.sub("/", path.removesuffix("/").rstrip(_STRAY) + "/" * path.endswith("/"))
    secret = _SECRET.search(bare)
    end = secret.end() if secret else len(bare)
    small = bare[:end].lower() + bare[end:]
    if small == path:
        return path
    with translation.override(translation.get_language_from_path(small) or settings.LANGUAGE_CODE):
        return next(filter(is_valid_path, (small, f"{small.removesuffix('/')}/")), path)


def unavailable_at_once(get_response: Next) -> Next:
    """While the database is known to be away, what needs it is not tried: each try waits, and the threads are few.

    Stands where the proof of origin is at hand, which the page needs, and no session is yet.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        return get_response(request) if database_answers() or request.path_info in WITHOUT_DATABASE else unavailable(request)

    return answer


class ContentSecurityPolicy(CSPMiddleware):
    """One policy for all pages; public pages also forbid text to become script (Trusted Types break the admin)."""

    def get_policy_parts(self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not (report_only or request.path_info.startswith(STAFF)):
            parts.update = TRUSTED_TYPES
        return parts
