"""`caches["content"]`: answers that are the same for every reader, kept until the public content changes."""

from copy import deepcopy
from time import time as now
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

from portal.pagecache.content_version import monitor
from portal.pagecache.store import Kept, store


class Answer(Kept):
    """A copy of its own, so that nobody changes what others get."""

    __slots__ = ("value",)

    def __init__(self, value: Any, key: str) -> None:
        self.value, self.used = deepcopy(value), now()
        self.size = len(repr(value).encode()) + len(key) + 500  # bytes, about: and so much for names


class ContentCache(BaseCache):
    """Only for `get_or_set`: an answer is found under the number of the content it was asked under, and no other.

    Nothing is kept or looked up while that number is in doubt, nor inside a transaction, whose answers may be taken back.
    """

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get_or_set(
        self, key: str, default: Any | None, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> Any:
        number = None if connection.in_atomic_block else monitor.sure_number()
        if number is None:
            return default() if callable(default) else default
        full = self.make_key(key, version=number)
        kept = store.get(full)
        if isinstance(kept, Answer):
            kept.used = now()
            return deepcopy(kept.value)
        value = default() if callable(default) else default
        store.put(full, Answer(value, full))
        return value
