"""How the site is: nothing of anybody's, only figures. What `/readyz` and `/metrics` tell, each in its own form."""

import errno
import os
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryFile
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from appointments.models import Draft, Request
from foundation.nightly.models import NightlyRun
from foundation.outbox.models import Message
from foundation.privacy.models import Attempts
from portal.server.outage import impatient

STUCK = timedelta(hours=1)  # a message that is due and not sent for so long waits for more than one bad moment


@dataclass(frozen=True)
class Messages:
    """Counted from when each was due first: a try that failed puts off the next, not the harm."""

    waiting: int
    stuck: int
    failed: int
    oldest_seconds: int
    oldest_tries: int = 0
    oldest_fault: str = ""

    @classmethod
    def now(cls) -> "Messages":
        now = timezone.now()
        due = Message.objects.filter(status=Message.Status.WAITING, leave_at__lte=now)
        oldest = due.order_by("leave_at").first()
        counts = Message.objects.filter(status__in=[Message.Status.WAITING, Message.Status.FAILED]).aggregate(
            waiting=Count("pk", filter=Q(status=Message.Status.WAITING, leave_at__lte=now)),
            stuck=Count("pk", filter=Q(status=Message.Status.WAITING, leave_at__lte=now - STUCK)),
            failed=Count("pk", filter=Q(status=Message.Status.FAILED)),
        )
        if oldest is None:
            return cls(**counts, oldest_seconds=0)
        waits = int((now - oldest.leave_at).total_seconds())
        return cls(**counts, oldest_seconds=waits, oldest_tries=oldest.attempts, oldest_fault=oldest.last_fault)


def _places() -> dict[str, Path]:
    """Where this machine keeps something."""
    places = {"var": Path(settings.VAR_DIR), "pictures": Path(settings.MEDIA_ROOT)}
    file = Path(str(settings.DATABASES["default"]["NAME"]))
    if connection.vendor == "sqlite" and file.is_absolute():
        places["database"] = file.parent
    return {name: place for name, place in places.items() if place.exists()}


@dataclass(frozen=True)
class Writing:
    """A row was written and taken back, and a file in each place where we keep something, or why not.

    Nobody waits for the row: its key is its own. SQLite alone would not notice a full disk before the commit.
    """

    seconds: float
    fault: str = ""

    @classmethod
    def now(cls) -> "Writing":
        began = perf_counter()
        try:
            with impatient(), transaction.atomic():
                Attempts.objects.create(what="readyz", who=token_hex(32), started_at=timezone.now(), count=1)
                transaction.set_rollback(True)
            for place in _places().values():
                _write_file(place)
        except DatabaseError as fault:
            return cls(perf_counter() - began, type(fault.__cause__ or fault).__name__)
        except OSError as fault:
            return cls(perf_counter() - began, errno.errorcode.get(fault.errno or 0, type(fault).__name__))
        return cls(perf_counter() - began)


def _write_file(folder: Path) -> None:
    with TemporaryFile(dir=folder) as file:
        file.write(bytes(65_536))
        file.flush()
        os.fsync(file.fileno())


def disks() -> dict[str, Any]:
    """Room where this machine keeps something, as `shutil.disk_usage` tells it. Raises OSError where one cannot be looked at."""
    usage = {name: shutil.disk_usage(place) for name, place in _places().items()}
    return {name: disk for name, disk in usage.items() if disk.total}


@dataclass(frozen=True)
class Nightly:
    """The last runs of a command that should run every night (`settings.NIGHTLY`)."""

    name: str
    last: NightlyRun = field(default_factory=NightlyRun)

    @classmethod
    def all(cls) -> list["Nightly"]:
        runs = NightlyRun.objects.in_bulk(list(settings.NIGHTLY), field_name="name")
        return [cls(name, runs.get(name) or NightlyRun()) for name in settings.NIGHTLY]

    @property
    def is_missed(self) -> bool:
        """Did not end well for longer than it may."""
        allowed = timedelta(days=settings.NIGHTLY[self.name])
        return self.last.succeeded_at is None or timezone.now() - self.last.succeeded_at > allowed


def unopened() -> list[str]:
    """Sealed columns of the newest request and draft that our keys do not open: one is missing, or a row was altered."""
    newest = [model.objects.order_by("-pk").first() for model in (Request, Draft)]
    return [f"{row._meta.model_name} {name}" for row in newest if row for name in row.unreadable()]


def requests_by_state(now: datetime) -> tuple[dict[str, int], int]:
    """How many there are in each status that the row holds, and how many of them are overdue."""
    counts = dict(Request.objects.order_by().values_list("status").annotate(count=Count("*")))
    return {status: counts.get(status, 0) for status in Request.Status.values}, Request.objects.overdue(now).count()
