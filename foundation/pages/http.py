"""How public pages answer: only to reading, with a short public lifetime, and under addresses that last."""

from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from time import time as now
from typing import Any, overload

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import translate_url
from django.views.decorators.http import require_safe

from foundation.paginator import FirstPaginator

View = Callable[..., HttpResponse]
PAGE_LIFETIME = 60  # seconds for which a page may be kept without being asked for anew: by us, by a proxy, by a browser
STALE = {"stale-while-revalidate": 60, "stale-if-error": 86400}  # seconds for which an old page is better than none
LONGEST_SHOWN = PAGE_LIFETIME + max(STALE.values())
HOLDS_UNTIL = "X-Holds-Until"  # Unix seconds; `portal.pagecache` reads it and sends it to nobody


def cache_control(left: float = LONGEST_SHOWN, *, stale_too: bool = True) -> str:
    """For a page that is true for `left` more seconds: nobody shows it longer, neither fresh nor stale."""
    fresh = max(0, int(min(PAGE_LIFETIME, left)))
    may_be_stale = stale_too and left - fresh >= 1
    stale = [f"{name}={int(min(seconds, left - fresh))}" for name, seconds in STALE.items() if may_be_stale]
    return ", ".join(["public", f"max-age={fresh}", *stale])


def hold_until(response: HttpResponse, moment: datetime | None) -> HttpResponse:
    """Ends the page's freshness and both its stale times at `moment` (UTC), for it says what is true until then."""
    if moment:
        response.headers[HOLDS_UNTIL] = str(int(moment.timestamp()))
    return response


class Moved(Exception):
    """What was asked for has the address `url` now."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@overload
def public_page(view: View) -> View: ...
@overload
def public_page(*, query: tuple[str, ...]) -> Callable[[View], View]: ...
def public_page(view: View | None = None, *, query: tuple[str, ...] = ()) -> Any:
    """GET and HEAD only; a page found (or moved) may be kept for `PAGE_LIFETIME`, since it shows nothing personal.

    `portal.pagecache` keeps its answers and asks without cookies and with no other parameters than `query`. Everything
    that does not say so is `no-store` (`portal.middleware.cache_policy`).
    """
    if view is None:
        return partial(public_page, query=query)

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Moved as moved:
            response = HttpResponsePermanentRedirect(moved.url)
        if response.status_code in {200, 301} and "Cache-Control" not in response.headers:
            left = float(response.headers.get(HOLDS_UNTIL, "inf")) - now()
            response.headers["Cache-Control"] = cache_control(left)
        return response

    vars(answer)["page_query"] = query
    return require_safe(answer)


def find(visible: QuerySet[Any], slug: str) -> Any:
    """The one of `visible` at this slug. Raises Moved if its slug was changed since, Http404 if it is not among `visible`."""
    found = visible.filter(slug=slug).first()
    if found is None:
        former = visible.model.renamed(slug)
        if former is None or not visible.filter(pk=former.pk).exists():
            raise Http404
        raise Moved(former.get_absolute_url())
    return found


def paginate(request: HttpRequest, rows: QuerySet[Any], most: int = 20, *, is_filtered: bool = False) -> dict[str, Any]:
    """The context of a list: `page_obj` as `?page=` asks, its own address and its languages.

    A filtered list is no page of its own to search engines; its language link keeps the filter (`other_languages`).
    """
    page = FirstPaginator(rows, most).page(request.GET.get("page", 1))
    if is_filtered:
        return {"page_obj": page, "canonical": request.path, "alternates": []}
    query = f"?page={page.number}" if page.number > 1 else ""
    return {"page_obj": page, "canonical": request.path + query, "alternates": alternates(request, query)}


def alternates(request: HttpRequest, query: str = "") -> list[tuple[str, str]]:
    return [(code, translate_url(request.path, code) + query) for code, _name in settings.LANGUAGES]


def absolute(request: HttpRequest, path: str) -> str:
    """The whole address of a path on this site: on the public host of the settings, else on the one that was asked."""
    return f"{settings.SITE_URL}{path}" if settings.SITE_URL else request.build_absolute_uri(path)


def picture_file(digest: str, width: str, kind: str, *, kept: str) -> HttpResponse:
    """One stored size of a picture, with `kept` as its Cache-Control; WebP stands in for an AVIF that is not made yet.

    Raises Http404 where there is no such file. Who may see it is asked before.
    """
    stored = next((each for each in dict.fromkeys([kind, "webp"]) if default_storage.exists(f"{digest}-{width}.{each}")), None)
    if not stored:
        raise Http404
    with default_storage.open(f"{digest}-{width}.{stored}") as file:
        return HttpResponse(file.read(), content_type=f"image/{stored}", headers={"Cache-Control": kept})
