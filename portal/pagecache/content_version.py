"""Whether what this process knows of the public content is still true: asked of the database once a second.

Of all who read, one asks, and waits for the answer no longer than `PATIENCE`; the others go on with what is known. Where nobody
reads, a thread asks: a process may keep pages only if it hears that one was withdrawn, also just before the database goes.
"""

import logging
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock, Thread
from time import sleep, time as now

from django.conf import settings
from django.db import connection
from django.db.utils import Error
from django.utils import timezone, translation

from foundation.pages.http import LONGEST_SHOWN, PAGE_LIFETIME
from foundation.pages.registry import registered
from foundation.prose.days import midnight
from portal.pagecache.models import ContentVersion
from portal.server.outage import patience

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds from one question to the next
PATIENCE = 2.0  # seconds to wait for an answer; without one for so long, what is known is in doubt
AHEAD = 10 * PAGE_LIFETIME  # seconds for which the coming moments are known; they are asked anew every `AHEAD / 10`


@dataclass(frozen=True)
class Content:
    """The state of the public content: its number, since when (as seen here), and when it will change by itself. Unix seconds.

    `ends`: from when nobody may see something any more, and what a page holds that shows it (`PublicContent.ends`).
    """

    number: int
    since: float
    moments: tuple[float, ...]
    asked_at: float
    ends: tuple[tuple[float, bytes], ...] = ()

    def next_moment(self, after: float) -> float:
        """The first moment later than `after`; infinite if there is none in sight."""
        place = bisect_right(self.moments, after)
        return self.moments[place] if place < len(self.moments) else float("inf")

    def end_of(self, path: str, body: bytes, made: float) -> float:
        """When the first thing that a page shows must be shown no more; infinite if none ends within `LONGEST_SHOWN`."""
        page = f"{path}\n".encode() + body
        return min((moment for moment, sign in self.ends if moment > made and sign in page), default=float("inf"))


class ContentMonitor:
    """What one process knows: `content` (None until the database answered once) and when it was last `confirmed`. Unix seconds.

    `by_itself`: it asks without readers too.
    """

    def __init__(self) -> None:
        self.content: Content | None = None
        self.confirmed = 0.0
        self.failed = False
        self.active = False
        self._last_try = 0.0
        self._lock = Lock()
        self.by_itself = False
        self._thread: Thread | None = None

    def refresh(self) -> None:
        """Asks the database if the last time is a second ago (or to come, where the clock was set back) and nobody else asks."""
        if not 0 <= now() - self._last_try < EVERY and self._lock.acquire(blocking=False):
            try:
                self.ask()
                # The first reader starts the thread: the processes that serve are forks, and would not inherit it.
                if self.by_itself and not self._thread:
                    self._thread = Thread(target=self._keep_asking, name="content version", daemon=True)
                    self._thread.start()
            finally:
                self._lock.release()

    def _keep_asking(self) -> None:
        while True:
            sleep(EVERY)
            try:
                self.refresh()
            except Exception:
                logger.exception("the number of the content was not asked for")

    def ask(self) -> None:
        """Asks now. A failure shows in `failed` and in `confirmed`, which stays as it was."""
        asked_at, usual = now(), patience.set(PATIENCE)
        try:
            number = ContentVersion.objects.values_list("number", flat=True).filter(pk=1).first() or 0
            self._learn(number, asked_at)
            self.confirmed, self.failed = asked_at, False
        except (Error, OSError) as fault:
            if not self.failed:
                logger.warning("the database does not answer: %s", type(fault).__name__)
            self.failed = True
        finally:
            patience.reset(usual)
            with suppress(Error):  # outside of a request nobody else gives the connection back
                connection.close_if_unusable_or_obsolete()
            self._last_try = now()

    def age(self) -> float:
        """For how many seconds nobody has confirmed what is known; infinite if the clock was set back since."""
        age = now() - self.confirmed
        return age if age >= 0 else float("inf")

    def sure_content(self) -> Content | None:
        """The content; None while it is in doubt, or nobody asks for it in this process."""
        return self.content if self.active and not self.failed and self.age() < PATIENCE else None

    def _learn(self, number: int, asked_at: float) -> None:
        former = self.content
        same = former is not None and former.number == number
        if former and same and 0 <= asked_at - former.asked_at < AHEAD / 10:
            return
        since = former.since if former and same else now()
        self.content = Content(number, since, coming_moments(asked_at), asked_at, coming_ends(asked_at))


def coming_moments(after: float) -> tuple[float, ...]:
    """When something appears or ends by itself within `AHEAD` seconds, and the next midnight of the site. Unix seconds, sorted."""
    start = datetime.fromtimestamp(after, UTC)
    end = start + timedelta(seconds=AHEAD)
    moments = {midnight(timezone.localdate(start) + timedelta(days=1)).timestamp()}  # of consent, of review, of closed days
    for public in registered():
        for name in public.moments:
            coming = public.model._base_manager.filter(**{f"{name}__gt": start, f"{name}__lte": end})
            moments |= {moment.timestamp() for moment in coming.values_list(name, flat=True).distinct()}
    return tuple(sorted(moments))


def coming_ends(after: float) -> tuple[tuple[float, bytes], ...]:
    """What ends while a page that is made before the next question may be shown."""
    start = datetime.fromtimestamp(after, UTC)
    last = start + timedelta(seconds=AHEAD + LONGEST_SHOWN)
    with translation.override(settings.LANGUAGE_CODE):
        ends = [(moment.timestamp(), sign.encode()) for public in registered() for moment, sign in public.ends(start, last)]
    return tuple(ends)


monitor = ContentMonitor()


def database_answers() -> bool:
    """Whether the database answered lately; True in a process that keeps no pages and so never asks."""
    if monitor.active:
        monitor.refresh()
    return not monitor.failed
