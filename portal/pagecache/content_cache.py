"""`caches["content"]`: answers that are the same for every reader, kept until the public content changes, by hand or by the clock."""

import pickle
from time import time as now
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

from foundation.pages.http import PAGE_LIFETIME
from portal.pagecache.content_version import monitor
from portal.pagecache.store import Kept, store


class Answer(Kept):
    """Kept as bytes, so that nobody changes what others get; true before `until` (Unix seconds)."""

    __slots__ = ("until", "value")

    def __init__(self, value: Any, until: float) -> None:
        self.value, self.until, self.used = pickle.dumps(value), until, now()
        self.size = len(self.value) + 600  # bytes, and about so much for names


class ContentCache(BaseCache):
    """Only for `get_or_set`: an answer is found under the number of the content it was asked under, and no other.

    It is kept no longer than a page is. Nothing is kept or looked up while that number is in doubt, nor inside a transaction,
    whose answers may be taken back.
    """

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get_or_set(
        self, key: str, default: Any | None, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> Any:
        content = None if connection.in_atomic_block else monitor.sure_content()
        if content is None:
            return default() if callable(default) else default
        full, asked = self.make_key(key, version=content.number), now()
        kept = store.get(full)
        if isinstance(kept, Answer) and asked < kept.until:
            kept.used = asked
            return pickle.loads(kept.value)  # noqa: S301  our own bytes, of this process
        value = default() if callable(default) else default
        store.put(full, Answer(value, min(asked + PAGE_LIFETIME, content.next_moment(asked))))
        return value
