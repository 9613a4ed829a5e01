"""Reads content files into the site: all checked first, then all that are whole written in one transaction."""

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
from portal.content.published import NEWS, STORIES
from portal.content.room import Room
from portal.content.save import Refused, Run
from portal.content.shape import Row

ROOMS: tuple[Room, ...] = (LOCATIONS, DEPARTMENTS, CLINICIANS, GLOSSARIES, CONDITIONS, STORIES, NEWS)


class NoReviewer(Exception):
    """The clinician who should answer for what is published is unknown."""


@dataclass
class Result:
    """What an import found wrong, and what it did."""

    files: int
    faults: list[Fault] = field(default_factory=list)
    done: list[str] = field(default_factory=list)


def load(path: Path, *, publish: bool = False, reviewer: str = "") -> Result:
    """Imports the folder or file `path`. Raises NoReviewer if the slug `reviewer` is nobody's; then nothing is written."""
    found = files.found(path, [room.folder for room in ROOMS])
    result = Result(len(found))
    rows = {file.name: row for file in found if (row := _read(file)) is not None}
    while True:
        run = Run(publish)
        with transaction.atomic():
            refused = _write(rows, run, reviewer)
            if refused:
                transaction.set_rollback(True)
        if not refused:
            break
        rows = {name: row for name, row in rows.items() if name not in refused}
    result.faults = sorted({fault for file in found for fault in file.faults})
    result.done = [f"{kind}: {', '.join(f'{n} {what}' for what, n in counts.items())}" for kind, counts in run.tally.items()]
    return result


def _read(file: File) -> Row | None:
    """The row of a file without faults."""
    if file.faults:
        return None
    try:
        row = _room(file).read(marks.read(file.path.read_bytes()), file)
    except marks.Unreadable as error:
        file.fault(error.line, str(error))
        return None
    return None if file.faults else row


def _room(file: File) -> Room:
    return next(room for room in ROOMS if room.folder == file.path.absolute().parent.name)


def _write(rows: dict[str, Row], run: Run, reviewer: str) -> set[str]:
    """Writes every file in a savepoint of its own; returns the names of those that could not be written."""
    refused: set[str] = set()
    for room in ROOMS:
        own = {name: row for name, row in rows.items() if _room(row.file) is room}
        run.rows[room.folder] = {row.file.slug: row for row in own.values()}
        for step in (room.identify, room.write):
            refused |= {name for name, row in own.items() if name not in refused and not _written(step, row, run)}
        if room is CLINICIANS and reviewer:
            run.reviewer = Clinician.objects.filter(slug=reviewer).first()
            if run.reviewer is None:
                raise NoReviewer(reviewer)
    return refused


def _written(step: object, row: Row, run: Run) -> bool:
    try:
        with transaction.atomic():
            step(row, run)
    except Refused:
        return False
    except ValidationError as error:
        row.file.refuse(error, row.lines, row.line)
    except IntegrityError as error:
        row.fault(f"the database refuses this: {error}")
    else:
        return True
    return False
