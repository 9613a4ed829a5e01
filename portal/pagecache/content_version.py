"""Whether what this process knows of the public content is still true: asked of the database twice a second, by a thread.

Nobody who reads waits for that question, however long the database takes to answer it.
"""

import logging
import os
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from threading import Event, Lock, Thread
from time import time as now

from django.db import connection
from django.db.utils import Error
from django.utils import timezone

from portal.pagecache.models import ContentVersion
from portal.pagecache.triggers import SHOWN

logger = logging.getLogger(__name__)

EVERY = 0.5  # seconds from one look to the next
DOUBT = 2.0  # seconds without an answer until what is known is in doubt, and the database counts as gone
AHEAD = 600  # seconds for which the coming moments are known; they are asked anew every `AHEAD / 10`


@dataclass(frozen=True)
class Content:
    """The state of the public content: its number, since when (as seen here), and when it will change by itself. Unix seconds."""

    number: int
    since: float
    moments: tuple[float, ...]
    asked: float

    def next_moment(self, after: float) -> float:
        """The first moment later than `after`; infinite if there is none in sight."""
        place = bisect_right(self.moments, after)
        return self.moments[place] if place < len(self.moments) else float("inf")


class Watch:
    """What one process knows. `content` is None until the database has answered once; `confirmed` is when it last did.

    `asking` is since when an answer is awaited. Unix seconds.
    """

    def __init__(self) -> None:
        self.content: Content | None = None
        self.confirmed = 0.0
        self.asking: float | None = None
        self.failed = False
        self.changed = Event()
        self._process = 0
        self._starting = Lock()

    def start(self) -> None:
        """Looks once and then keeps looking, in a thread of this process; started again in a process forked from it."""
        with self._starting:
            if not self.started:
                self._process = os.getpid()
                self.look()
                Thread(target=self._keep_looking, name="content version", daemon=True).start()

    def look(self) -> None:
        """Asks the database. A failure is told by `failed` and by `confirmed`, which stays as it was."""
        try:
            self.asking = asked = now()
            number = ContentVersion.objects.values_list("number", flat=True).filter(pk=1).first() or 0
            self._learn(number, asked)
            self.confirmed, self.failed = asked, False
        except (Error, OSError) as fault:
            if not self.failed:
                logger.warning("the database does not answer: %s", type(fault).__name__)
            self.failed = True
        finally:
            self.asking = None

    @property
    def started(self) -> bool:
        """Whether this process watches."""
        return self._process == os.getpid()

    def answers(self) -> bool:
        """Whether the database neither failed nor lets wait for `DOUBT` seconds; a process too busy to ask does not blame it."""
        asking = self.asking
        return not self.failed and (asking is None or now() - asking < DOUBT)

    def is_sure(self) -> bool:
        """Whether the database confirmed within the last `DOUBT` seconds what is known."""
        return not self.failed and now() - self.confirmed < DOUBT

    def _learn(self, number: int, asked: float) -> None:
        known = self.content
        if known and known.number == number and asked - known.asked < AHEAD / 10:
            return
        since = known.since if known and known.number == number else now()
        self.content = Content(number, since, coming_moments(asked), asked)
        if known and known.number != number:
            self.changed.set()

    def _keep_looking(self) -> None:
        wait = Event()
        while not wait.wait(EVERY):
            self.look()
            with suppress(Error):
                connection.close_if_unusable_or_obsolete()


def coming_moments(after: float) -> tuple[float, ...]:
    """When something appears or ends by itself within `AHEAD` seconds, and the next midnight of the site. Unix seconds, sorted."""
    start = datetime.fromtimestamp(after, UTC)
    end = start + timedelta(seconds=AHEAD)
    found = {_midnight(start).timestamp()}
    for shown in SHOWN:
        for name in shown.moments:
            coming = shown.model._base_manager.filter(**{f"{name}__gt": start, f"{name}__lte": end})
            found |= {moment.timestamp() for moment in coming.values_list(name, flat=True).distinct()}
    return tuple(sorted(found))


def _midnight(moment: datetime) -> datetime:
    """The next one in the time zone of the site; days of consent, of review and of closing begin then."""
    tomorrow = timezone.localdate(moment) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, time.min))


watch = Watch()


def database_answers() -> bool:
    """Whether the database answered lately; True in a process that does not watch it."""
    return not watch.started or watch.answers()
