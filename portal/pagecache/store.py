"""What one process keeps, bounded in bytes: finished pages, and answers that are the same for every reader."""

from collections.abc import Hashable
from threading import Event, Lock

from django.conf import settings

from portal.health.counters import bytes_kept, pages_kept


class Kept:
    """Something of `size` bytes that was last `used` at that time (Unix seconds)."""

    __slots__ = ("size", "used")

    size: int
    used: float


class Store(dict[Hashable, Kept]):
    """By key, at most `most` bytes in all; what was used longest ago goes first. Reading needs no lock."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.bytes = most, 0
        self._lock = Lock()
        self._in_work: dict[Hashable, Event] = {}

    def put(self, key: Hashable, kept: Kept) -> None:
        """In the place of the former one; others go until all fit. What would take more than a quarter is not kept."""
        with self._lock:
            self._forget(key)
            if kept.size <= self.most / 4:
                self[key] = kept
                self.bytes += kept.size
            if self.bytes > self.most:
                self._make_room()
            pages_kept.set(len(self))
            bytes_kept.set(self.bytes)

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._forget(key)

    def claim(self, key: Hashable) -> Event | None:
        """None if the caller is to make what belongs there, and to `release` it; else what to wait for."""
        with self._lock:
            if key in self._in_work:
                return self._in_work[key]
            self._in_work[key] = Event()
            return None

    def release(self, key: Hashable) -> None:
        with self._lock:
            self._in_work.pop(key).set()

    def _make_room(self) -> None:
        """Down to nine tenths, so that not every new page has to look for room."""
        for key in sorted(self, key=lambda key: self[key].used):
            if self.bytes <= self.most * 0.9:
                return
            self._forget(key)

    def _forget(self, key: Hashable) -> None:
        kept = self.pop(key, None)
        if kept:
            self.bytes -= kept.size


store = Store(settings.PAGE_CACHE_MB * 2**20)  # of this process
