"""An address longer than any of ours is refused before anybody looks at it: what is done with one may cost more than its length."""

from collections.abc import Callable, Iterable
from typing import Any

LONGEST_PATH = 1_000  # bytes
LONGEST_QUERY = 4_096  # bytes; a health record that has more to say sends it as a form
HEADERS = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]

WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]


def short_addresses(application: WSGI) -> WSGI:
    """A WSGI application around another."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if len(environ["PATH_INFO"]) <= LONGEST_PATH and len(environ.get("QUERY_STRING", "")) <= LONGEST_QUERY:
            return application(environ, start_response)
        start_response("414 URI Too Long", HEADERS)
        return [b"This address is too long.\n"]

    return answer
