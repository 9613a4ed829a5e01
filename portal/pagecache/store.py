"""The pages that one process keeps, bounded in bytes."""

from threading import Event, Lock

from portal.pagecache.page import Page

Key = tuple[str, str, str, str]  # scheme, host, path, query


class Pages(dict[Key, Page]):
    """Finished pages by key; those sent longest ago go first. Reading needs no lock."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.bytes = most, 0
        self._lock = Lock()
        self._being_made: dict[Key, Event] = {}

    def put(self, key: Key, page: Page) -> None:
        """Keeps a page in the place of its former one, and forgets others until all fit. One that is too large is not kept."""
        with self._lock:
            self._forget(key)
            if page.size > self.most / 4:
                return
            self[key] = page
            self._count(page, page.size)

    def drop(self, key: Key) -> None:
        """Forgets a page."""
        with self._lock:
            self._forget(key)

    def resized(self, page: Page) -> None:
        """Counts a page anew, if it is kept here."""
        with self._lock:
            if page.counted is not None:
                self._count(page, page.size - page.counted)

    def _count(self, page: Page, more: int) -> None:
        page.counted = page.size
        self.bytes += more
        if self.bytes > self.most:
            self._make_room()

    def claim(self, key: Key) -> Event | None:
        """None if the caller is to make this page, and to `release` it; else what to wait for."""
        with self._lock:
            if key in self._being_made:
                return self._being_made[key]
            self._being_made[key] = Event()
            return None

    def release(self, key: Key) -> None:
        """Lets go whoever waits."""
        with self._lock:
            self._being_made.pop(key).set()

    def _make_room(self) -> None:
        """Down to nine tenths, so that not every new page has to look for room."""
        for key in sorted(self, key=lambda key: self[key].used):
            if self.bytes <= self.most * 0.9:
                return
            self._forget(key)

    def _forget(self, key: Key) -> None:
        page = self.pop(key, None)
        if page:
            self.bytes -= page.counted or 0
            page.counted = None
