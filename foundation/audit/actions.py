from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from foundation.audit import erasures
from foundation.audit.models import Head, Record
from foundation.audit.values import Change
from foundation.progress import bar

START = "0" * 64  # the hash that the first record follows
Waiting = tuple[Record, erasures.Entry | None]
_later: ContextVar[list[Waiting] | None] = ContextVar("records that wait for the end of the block", default=None)


@contextmanager
def records_last() -> Iterator[None]:
    """What is recorded in this block is written at its end, in the caller's transaction; nothing, if the block fails.

    From the first record to the commit everybody else who writes one must wait: no long work may lie between.
    """
    waiting: list[Waiting] = []
    token = _later.set(waiting)
    try:
        yield
    finally:
        _later.reset(token)
    if waiting:
        _append(waiting)


def record(
    *,
    by: Any,
    verb: str,
    obj: models.Model,
    fields: Iterable[str] = (),
    changes: Iterable[Change] = (),
    **detail: str | int | bool,
) -> Record:
    """Appends one record, in the caller's transaction.

    `by` is a user, or the name of the command that acts. `fields` names what was read or changed; values come only as
    `changes`, which `foundation.audit.values` makes of what may be kept.
    Within `records_last` it is appended when that ends. What takes something away is kept outside the database too.
    """
    kept = {"fields": sorted(fields), "changes": list(changes)}
    row = Record(
        at=timezone.now().astimezone(UTC),
        actor=str(by if isinstance(by, str) else by.get_username())[:150],
        verb=verb,
        kind=obj._meta.label_lower,
        object_id=str(obj.pk),
        label=str(obj)[:200],
        detail={name: value for name, value in kept.items() if value} | detail,
    )
    new, waiting = (row, erasures.entry_of(obj, verb, detail)), _later.get()
    if waiting is None:
        _append([new])
    else:
        waiting.append(new)
    return row


@transaction.atomic(savepoint=False)  # nothing it tells may stand without it
def _append(new: Sequence[Waiting]) -> None:
    """Takes the next numbers and holds the head until the commit, so that the chain has no forks."""
    erasures.keep([entry for _row, entry in new if entry])
    head, _created = Head.objects.select_for_update().get_or_create(pk=1)
    for row, _entry in new:
        row.sequence, row.previous_hash = head.sequence + 1, head.hash
        row.hash = row.computed_hash()
        head.sequence, head.hash = row.sequence, row.hash
    Record.objects.bulk_create(row for row, _entry in new)
    head.save()


def faults(exported: Mapping[int, str] = MappingProxyType({})) -> Iterator[str]:
    """Every place where the chain does not hold, in words; none if nothing was altered or removed.

    `exported` are heads that were written down outside the database, as `exported_heads` gives them. The head is read before
    the rows, since others go on writing records meanwhile: what it named then must be among them.
    """
    head, sequence, previous = _head(), 0, START
    heads = {head.sequence: head.hash, **exported}
    for row in bar(Record.objects.order_by("sequence").iterator(), Record.objects.count, "reading"):
        sequence += 1
        if row.sequence != sequence:
            yield f"record {sequence} to {row.sequence - 1}: missing"
            sequence = row.sequence
        elif row.previous_hash != previous:
            yield f"record {row.sequence}: does not follow the one before"
        if row.hash != row.computed_hash():
            yield f"record {row.sequence}: was altered"
        elif row.hash != heads.get(row.sequence, row.hash):
            yield f"record {row.sequence}: is another than the one written then"
        previous = row.hash
    if sequence < max(heads):
        yield f"record {sequence + 1} to {max(heads)}: missing at the end"
    elif sequence > _head().sequence:
        yield f"record {sequence}: was added behind the site's back"


def export_head() -> str:
    """Appends the head of today to the file `AUDIT_HEADS`, and returns the line: when (UTC), number, hash."""
    head = _head()
    line = f"{timezone.now().astimezone(UTC).isoformat(timespec='seconds')} {head.sequence} {head.hash}"
    with Path(settings.AUDIT_HEADS).open("a", encoding="ascii") as file:
        file.write(line + "\n")
    return line


def exported_heads() -> dict[int, str]:
    """Number and hash of every head that was exported; none if the file is not there."""
    path = Path(settings.AUDIT_HEADS)
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    return {int(sequence): hash_ for _when, sequence, hash_ in map(str.split, lines)}


def last_number() -> int:
    """Of the newest record. It rises with whatever anybody does, in the same transaction."""
    return Head.objects.values_list("sequence", flat=True).first() or 0


def _head() -> Head:
    return Head.objects.filter(pk=1).first() or Head()
