"""Which running processes know which keys, by name: `rotate_keys` waits for those that would read no more."""

import os
import socket
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from foundation.privacy import keys
from foundation.privacy.models import KeyHolder

RENEWED = timedelta(minutes=10)  # how often a process says that it is still there
LATELY = timedelta(days=1)  # a web server that nobody asks for `/readyz` does not say so

_own: list[KeyHolder] = []  # of this process; its forks, which know the same keys, speak for it


def is_due() -> bool:
    """Whether this process has not said for a while that it is there."""
    return not (_own and _own[0].pk and timezone.now() - _own[0].seen_at < RENEWED)


def announce(role: str) -> None:
    """Notes the names that this process knows, or that it is still there. Raises DatabaseError."""
    if not is_due():
        return
    if not _own:
        _own.append(KeyHolder(role=role, machine=_machine(), number=os.getpid()))
    own, now = _own[0], timezone.now()
    KeyHolder.objects.filter(seen_at__lt=now - LATELY).delete()
    facts = {"role": own.role, "names": list(keys.ring()), "seen_at": now}
    _own[0], _new = KeyHolder.objects.update_or_create(machine=own.machine, number=own.number, defaults=facts)


def withdraw() -> None:
    """This process ends. Raises DatabaseError."""
    if _own:
        own = _own.pop()
        KeyHolder.objects.filter(machine=own.machine, number=own.number).delete()


def lacking(name: str) -> list[KeyHolder]:
    """Processes seen lately that do not know the key. Of this machine, those that have ended without a word are left out."""
    seen = KeyHolder.objects.filter(seen_at__gte=timezone.now() - LATELY).order_by("machine", "number")
    return [holder for holder in seen if name not in holder.names and not _has_ended(holder)]


def _has_ended(holder: KeyHolder) -> bool:
    return holder.machine == _machine() and not Path(f"/proc/{holder.number}").exists()


def _machine() -> str:
    """Where process numbers mean the same: containers may share a host's name, and each counts its own."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = "?"
    return f"{socket.gethostname()} {space}"[:150]
