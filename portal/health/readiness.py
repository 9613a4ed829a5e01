"""What `/readyz` tells in words beside its status, which says only whether readers can be answered."""

from collections.abc import Iterator

from django.utils import timezone

from foundation.audit import erasures
from portal.health.state import Messages, Nightly, Writing, disks, unopened

LOW = 10  # percent of a disk


def report() -> Iterator[str]:
    """A line for each thing that somebody should know. Raises DatabaseError if the database does not even answer."""
    messages, fault, closed = Messages.now(), Writing.now().fault, unopened()
    tried = f", tried {messages.oldest_tries} times, {messages.oldest_fault}" if messages.oldest_fault else ""
    yield f"oldest message that is due: {messages.oldest_seconds} s{tried}"
    yield f"messages due for more than an hour: {messages.stuck}"
    yield f"messages that failed: {messages.failed}"
    yield f"cannot write: {fault}" if fault else "can write"
    if not erasures.can_keep():
        yield "cannot write the erasure list: nothing can be erased, and nobody’s sign-in reset"
    yield f"cannot open what families told: {', '.join(closed)}" if closed else "can open what families told"
    yield _disk()
    yield from _nightly()


def _disk() -> str:
    """Of the fullest disk."""
    try:
        percent, left = min((100 * disk.free // disk.total, disk.free) for disk in disks().values())
    except OSError as fault:
        return f"disk cannot be looked at: {type(fault).__name__}"
    return f"disk{' low' if percent < LOW else ''}: {percent} % free, {left / 1e9:.1f} GB"


def _nightly() -> Iterator[str]:
    commands = Nightly.all()
    failed = [f"{each.name} ({each.last.fault})" for each in commands if each.last.has_failed]
    ended = {each.name: each.last.succeeded_at for each in commands if each.is_missed}
    since = {name: f"well {(timezone.now() - at).days} days ago" if at else "never ran well" for name, at in ended.items()}
    missed = [f"{name} ({words})" for name, words in since.items()]
    if failed:
        yield f"nightly commands that failed: {', '.join(failed)}"
    if missed:
        yield f"nightly commands that are missed: {', '.join(missed)}"
    if not failed + missed:
        yield "nightly commands: all well"
