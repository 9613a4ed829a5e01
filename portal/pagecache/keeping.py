"""What a process does for its pages by itself, in a thread beside the readers'."""

import logging
from datetime import timedelta
from threading import Thread
from time import time as now
from typing import TYPE_CHECKING

from django.db import connection

from portal.pagecache.content_version import Content
from portal.pagecache.page import MINUTE, Page
from portal.pagecache.store import Key
from portal.pagecache.upstream import Environ
from portal.pagecache.visible_models import addresses_since

if TYPE_CHECKING:
    from portal.pagecache.application import PageCache

logger = logging.getLogger(__name__)

SETTLED = 5.0  # seconds after which a page is worth being packed as small as it goes
ASKED_OFTEN = 2  # times
SOON = 10.0  # seconds before its minute is over, in which a page that is read is made anew
NEW = timedelta(minutes=2)
BARE: Environ = {
    "SCRIPT_NAME": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.errors": None,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


class Keeper:
    """Makes pages anew that are being read, once content has changed or their minute is nearly over; packs those that stay."""

    def __init__(self, cache: "PageCache") -> None:
        self.cache, self.looked = cache, now()

    def start(self) -> None:
        """In a thread that ends with the process."""
        Thread(target=self._keep, name="page keeper", daemon=True).start()

    def _keep(self) -> None:
        changed = self.cache.watch.changed
        while True:
            changed.wait(1)
            changed.clear()
            try:
                self.tidy()
            except Exception:
                logger.exception("pages could not be made anew")
            finally:
                connection.close_if_unusable_or_obsolete()

    def tidy(self) -> None:
        """Once through all pages, the last read first; then what was published since the last time."""
        pages, watch, looked, self.looked = self.cache.pages, self.cache.watch, self.looked, now()
        for key in sorted(pages, key=self._last_read, reverse=True):
            page, content = pages.get(key), watch.content
            if page and content and watch.answers():
                self._care_for(key, page, content)
        content = watch.content
        if content and (content.since >= looked or content.next_moment(looked) <= self.looked):
            self._add_new(content)

    def _care_for(self, key: Key, page: Page, content: Content) -> None:
        at = now()
        if page.found and at - page.used < MINUTE and (page.number != content.number or page.until - at < SOON):
            self._make(key, content)
        elif not page.best and page.times >= ASKED_OFTEN and at - page.made > SETTLED:
            page.pack_best()
            self.cache.pages.resized(page)

    def _add_new(self, content: Content) -> None:
        """What appeared lately, on the host that was asked last."""
        for scheme, host, _path, _query in sorted(self.cache.pages, key=self._last_read)[-1:]:
            for path in addresses_since(NEW):
                if (scheme, host, path, "") not in self.cache.pages:
                    self._make((scheme, host, path, ""), content)

    def _last_read(self, key: Key) -> float:
        page = self.cache.pages.get(key)
        return page.used if page else 0.0

    def _make(self, key: Key, content: Content) -> None:
        if self.cache.pages.claim(key) is None:
            try:
                self.cache.make(key, BARE, content)
            finally:
                self.cache.pages.release(key)
