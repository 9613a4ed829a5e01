"""What was taken away, kept in a file outside the database: a backup of the day before does not know of it.

`manage.py restore` does all of it again. A line holds which row, what was done and when, and choices that the audit record
keeps too: nothing of a person. Each line carries a digest under INDEX_KEY of itself and of the one before.
"""

import fcntl
import hmac
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.db import OperationalError, models, transaction
from django.utils import timezone

START = "0" * 64  # the digest that the first line follows
DELETED = "deleted"
TAIL = 8192  # bytes in which the last line ends
Again = Callable[[Any, "Entry"], object]

_again: dict[tuple[str, str], Again] = {}
_replaying: ContextVar[bool] = ContextVar("what is done again is on the list already", default=False)


class NotKept(OperationalError):
    """The list cannot be written, so nothing may be taken away: refused as where the database itself cannot be written."""


class Broken(Exception):
    """The list was altered, or it is none; the message says where."""


@dataclass(frozen=True)
class Entry:
    """A line. `row` is the `seal_id` where a row has one, since numbers are given anew after a restore; else its number."""

    number: int  # 0 before it is on the list
    at: str
    kind: str
    row: str
    verb: str
    detail: dict[str, Any] = field(default_factory=dict)
    digest: str = ""

    def signed(self, before: str) -> str:
        """The digest of this line after one that has the digest `before`; hexadecimal."""
        content = json.dumps([before, asdict(self) | {"digest": ""}], sort_keys=True)
        return hmac.digest(settings.INDEX_KEY.encode(), content.encode(), "sha256").hex()


@dataclass(frozen=True)
class Replay:
    """How one entry was done again: `fault` says what kept it from being done."""

    entry: Entry
    fault: str = ""


def register(model: type[models.Model], verb: str, again: Again) -> None:
    """That `verb`, recorded of a row of `model`, takes something away. `again` does it to the row of a restored database."""
    _again[model._meta.label_lower, verb] = again


def entry_of(obj: models.Model, verb: str, detail: dict[str, Any]) -> Entry | None:
    """The line for `keep`; None where `verb` takes nothing away, or the list has it already."""
    kind = obj._meta.label_lower
    if _replaying.get() or (verb != DELETED and (kind, verb) not in _again):
        return None
    return Entry(0, timezone.now().isoformat(timespec="seconds"), kind, str(getattr(obj, "seal_id", obj.pk)), verb, detail)


def keep(new: Sequence[Entry]) -> None:
    """Lines for what takes something away, on the disk before the caller's transaction ends. Raises NotKept.

    If that transaction fails at its very end the lines stay: what somebody wanted erased is then erased after a restore.
    """
    if not new:
        return
    try:
        with _locked() as file:
            _append(file, new)
    except OSError as fault:
        raise NotKept(f"{settings.ERASURE_LIST} cannot be written: {fault.strerror}") from fault


def can_keep() -> bool:
    """Whether `keep` most likely can; nothing is written."""
    path = Path(settings.ERASURE_LIST)
    return os.access(path if path.exists() else path.parent, os.W_OK) and not path.is_dir()


@contextmanager
def _locked() -> Iterator[IO[bytes]]:
    path = Path(settings.ERASURE_LIST)
    made = not path.exists()
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
        file.flush()
        os.fsync(file.fileno())
    if made:
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _append(file: IO[bytes], new: Sequence[Entry]) -> None:
    """After the last whole line; half a one is of somebody who was killed before their transaction ended."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
    start, tail = file.tell(), file.read()
    whole = tail.rfind(b"\n") + 1
    file.truncate(start + whole)
    last = _parsed(tail[:whole].splitlines()[-1]) if whole else None
    number, before = (last.number, last.digest) if last else (0, START)
    for entry in (replace(each, number=number + place) for place, each in enumerate(new, start=1)):
        before = entry.signed(before)
        file.write(json.dumps(asdict(entry) | {"digest": before}, sort_keys=True).encode() + b"\n")


def _parsed(line: bytes) -> Entry:
    try:
        return Entry(**json.loads(line))
    except (ValueError, TypeError) as fault:
        raise Broken(f"the erasure list holds a line that is none: {line[:40]!r}") from fault


def entries(path: Path | None = None) -> Iterator[Entry]:
    """Every line of the list, oldest first; none if there is no list. Raises Broken where the chain does not hold."""
    path = path or Path(settings.ERASURE_LIST)
    before = START
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True) if path.exists() else [], start=1):
        if not line.endswith(b"\n"):
            return  # half a line, see `_append`
        entry = _parsed(line)
        if entry.number != number or not hmac.compare_digest(entry.digest, entry.signed(before)):
            raise Broken(f"line {number} of {path} was altered, or INDEX_KEY is another")
        before = entry.digest
        yield entry


def position() -> tuple[int, str]:
    """Number and digest of the last line."""
    last = None
    for last in entries():  # noqa: B007
        pass
    return (last.number, last.digest) if last else (0, START)


def replay(wanted: list[Entry]) -> Iterator[Replay]:
    """Does each again in the database at hand, in order and each by itself. What is gone or done already stays so."""
    token = _replaying.set(True)
    try:
        for entry in wanted:
            yield Replay(entry, _repeat(entry))
    finally:
        _replaying.reset(token)


def _repeat(entry: Entry) -> str:
    """What kept it from being done, or ""."""
    try:
        model = apps.get_model(entry.kind)
    except LookupError:
        return "there is no such kind of thing any more"
    key = "seal_id" if any(column.name == "seal_id" for column in model._meta.concrete_fields) else "pk"
    try:
        with transaction.atomic():
            row = model._base_manager.filter(**{key: entry.row}).first()
            if row is not None:
                _again.get((entry.kind, entry.verb), _delete)(row, entry)
    except Exception as fault:  # noqa: BLE001  one that cannot be done must not keep the others from being done
        return f"{type(fault).__name__}: {fault}"
    return ""


def _delete(row: models.Model, entry: Entry) -> None:
    if entry.verb == DELETED:
        row.delete()
