"""How public pages answer: only to reading, and with a short public lifetime."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

CACHE_CONTROL = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """GET and HEAD only; a page found (or moved) may be kept for a minute, since it shows nothing personal.

    Everything that does not say so is `no-store` (`portal.middleware.cache_policy`).
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code in {200, 301} and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = CACHE_CONTROL
        return response

    return require_safe(answer)
