"""Our application without its finished pages, but with what it remembers of the content: what a page costs that nobody asked for yet."""

from collections.abc import Callable, Iterable
from typing import Any

from portal.pagecache.content_version import monitor
from portal.wsgi import django

monitor.active = True


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    monitor.refresh()
    return django(environ, start_response)
