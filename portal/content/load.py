"""Reads content files into the site: all checked first, then all that are whole written in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from directory.models import Clinician
from portal.content import files, marks
from portal.content.check import Fault, File
from portal.content.conditions import CONDITIONS
from portal.content.directory import CLINICIANS, DEPARTMENTS, LOCATIONS
from portal.content.glossary import GLOSSARIES
from portal.content.library import LIBRARY
from portal.content.published import NEWS, STORIES
from portal.content.room import Room
from portal.content.save import Refused, Run
from portal.content.shape import Row

ROOMS: tuple[Room, ...] = (LOCATIONS, DEPARTMENTS, CLINICIANS, GLOSSARIES, CONDITIONS, STORIES, NEWS, LIBRARY)


class _NoReviewer(Exception):
    """Nobody answers for what is published."""


@dataclass
class Result:
    """What an import found wrong, and what it did: nothing, if the reviewer it was given is nobody."""

    files: int
    faults: list[Fault] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    knows_reviewer: bool = True


def load(path: Path, *, publish: bool = False, reviewer: str = "") -> Result:
    """Imports the folder or file `path`; with `publish` in the name of the clinician with the slug `reviewer`."""
    found = files.found(path, [room.folder for room in ROOMS])
    result = Result(len(found))
    rows = [row for file in found if (row := _read(file)) is not None]
    try:
        run = _settle(rows, publish, reviewer)
    except _NoReviewer:
        result.knows_reviewer = False
    else:
        result.done = [
            f"{kind}: {', '.join(f'{n} {what}' for what, n in counts.items())}" for kind, counts in run.tally.items()
        ]
    result.faults = sorted({fault for file in found for fault in file.faults})
    return result


def _read(file: File) -> Row | None:
    """The row of a file without faults."""
    if file.faults:
        return None
    try:
        with file.path.open("rb") as stream:
            row = _room(file).read(marks.read(stream.read(marks.MOST_BYTES + 1)), file)
    except marks.Unreadable as error:
        file.fault(error.line, str(error))
    except OSError as error:
        file.fault(1, f"it cannot be opened ({error.strerror})")
    return None if file.faults else row


def _settle(rows: list[Row], publish: bool, reviewer: str) -> Run:
    """Writes all rows; if any is refused, starts again without it, since others may name what is in it."""
    while True:
        run = Run(publish)
        with transaction.atomic():
            refused = _write(rows, run, reviewer)
            if not refused:
                return run
            transaction.set_rollback(True)
        rows = [row for row in rows if row.file.name not in refused]


def _room(file: File) -> Room:
    return next(room for room in ROOMS if room.folder == file.path.absolute().parent.name)


def _write(rows: list[Row], run: Run, reviewer: str) -> set[str]:
    """Writes every file in a savepoint of its own; returns the names of those that could not be written."""
    refused: set[str] = set()
    for room in ROOMS:
        own = [row for row in rows if _room(row.file) is room]
        run.rows[room.folder] = {row.file.slug: row for row in own}
        for step in (room.identify, room.write):
            refused |= {row.file.name for row in own if row.file.name not in refused and not _written(step, row, run)}
        if room is CLINICIANS and run.publish:
            run.reviewer = Clinician.objects.filter(slug=reviewer).first()
            if run.reviewer is None:
                raise _NoReviewer
    return refused


def _written(step: Callable[[Row, Run], None], row: Row, run: Run) -> bool:
    try:
        with transaction.atomic():
            step(row, run)
    except Refused:
        return False
    except ValidationError as error:
        row.refuse(error)
    except IntegrityError as error:
        row.fault(f"the database refuses this: {error}")
    else:
        return True
    return False
