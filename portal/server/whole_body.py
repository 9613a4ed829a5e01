"""A form that is cut off on its way is no shorter form.

Where a client leaves in the middle of what it sends, granian ends the body like any other. Clients that stall without leaving
are the part of the proxy in front, which reads whole bodies first (docs/operating.md).
"""

from collections.abc import Callable, Iterable
from typing import Any

WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]


class WholeBody:
    """`wsgi.input` that raises ConnectionError (for Django an UnreadablePostError) where less comes than was announced."""

    def __init__(self, body: Any, announced: str) -> None:
        self._body = body
        self._left = int(announced) if announced.isdecimal() else 0

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data: bytes = self._body.read(wanted) if wanted else b""
        if len(data) < wanted:
            raise ConnectionError("the client stopped sending")
        self._left -= len(data)
        return data

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self._body.readline(size) if size >= 0 else self._body.readline()
        if not line and self._left:
            raise ConnectionError("the client stopped sending")
        self._left -= len(line)
        return line


def whole_bodies(application: WSGI) -> WSGI:
    """A WSGI application around another: only requests with a body are touched."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH"):
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"], environ["CONTENT_LENGTH"])
        return application(environ, start_response)

    return answer


LONGEST_PATH = 1_000  # bytes; of a host too
LONGEST_QUERY = 4_096  # bytes; a health record that has more to say sends it as a form
HEADERS = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]


def short_addresses(application: WSGI) -> WSGI:
    """A WSGI application around another. Longer addresses are refused unread: what is done with one may cost more than its length."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        place = max(len(environ["PATH_INFO"]), len(environ.get("HTTP_HOST", "")))
        if place <= LONGEST_PATH and len(environ.get("QUERY_STRING", "")) <= LONGEST_QUERY:
            return application(environ, start_response)
        start_response("414 URI Too Long", HEADERS)
        return [b"This address is too long.\n"]

    return answer
