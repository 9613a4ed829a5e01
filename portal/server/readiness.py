"""What `/readyz` tells beside its status, which says only whether readers can be answered: nothing of anybody's, only figures."""

import shutil
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from foundation.outbox.models import Message
from foundation.privacy.models import Attempts
from portal.server.patience import impatient

LOW = 10  # percent of a disk
STUCK = timedelta(hours=1)  # a message that is due and not sent for so long waits for more than one bad moment


def report() -> list[str]:
    """A line for each thing that somebody should know. Raises DatabaseError if the database does not even answer."""
    return [*_messages(), _writing(), _disk()]


def _messages() -> list[str]:
    """Counted from when each was due first: a try that failed puts off the next, not the harm."""
    now = timezone.now()
    due = Message.objects.filter(status=Message.Status.WAITING, leave_at__lte=now)
    oldest = due.order_by("leave_at").first()
    waits = int((now - oldest.leave_at).total_seconds()) if oldest else 0
    tried = f", tried {oldest.attempts} times, {oldest.last_fault}" if oldest and oldest.last_fault else ""
    counts = Message.objects.filter(status__in=[Message.Status.WAITING, Message.Status.FAILED]).aggregate(
        stuck=Count("pk", filter=Q(status=Message.Status.WAITING, leave_at__lte=now - STUCK)),
        failed=Count("pk", filter=Q(status=Message.Status.FAILED)),
    )
    return [
        f"oldest message that is due: {waits} s{tried}",
        f"messages due for more than an hour: {counts['stuck']}",
        f"messages that failed: {counts['failed']}",
    ]


def _writing() -> str:
    """A row is written and taken back. Nobody waits for it: its key is its own."""
    try:
        with impatient(), transaction.atomic():
            Attempts.objects.create(what="readyz", who=token_hex(32), started_at=timezone.now(), count=1)
            transaction.set_rollback(True)
    except DatabaseError as fault:
        return f"cannot write: {type(fault.__cause__ or fault).__name__}"
    return "can write"


def _disk() -> str:
    """Of the fullest disk on which this machine keeps something."""
    name = str(settings.DATABASES["default"]["NAME"])
    places = [settings.VAR_DIR, settings.MEDIA_ROOT, *([Path(name).parent] if connection.vendor == "sqlite" else [])]
    try:
        disks = [shutil.disk_usage(place) for place in places if Path(place).exists()]
    except OSError as fault:
        return f"disk cannot be looked at: {type(fault).__name__}"
    free, left = min((100 * disk.free // disk.total, disk.free) for disk in disks if disk.total)
    return f"disk{' low' if free < LOW else ''}: {free} % free, {left / 1e9:.1f} GB"
