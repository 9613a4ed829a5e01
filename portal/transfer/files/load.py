"""Reads content files into the site: each checked first, then written in a transaction of its own.

One transaction for all would hold up everybody who writes: families who ask, staff who open a case.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from directory.models import Clinician
from portal.transfer.files import files, marks
from portal.transfer.files.check import Fault, File
from portal.transfer.files.conditions import CONDITIONS
from portal.transfer.files.directory import CLINICIANS, DEPARTMENTS, LOCATIONS
from portal.transfer.files.glossary import GLOSSARIES
from portal.transfer.files.library import LIBRARY
from portal.transfer.files.published import NEWS, STORIES
from portal.transfer.files.room import Room
from portal.transfer.files.save import NotSaved, Run, nowhere
from portal.transfer.files.shape import Row
from portal.transfer.turns import turn

ROOMS: tuple[Room, ...] = (LOCATIONS, DEPARTMENTS, CLINICIANS, GLOSSARIES, CONDITIONS, STORIES, NEWS, LIBRARY)


class _NoReviewer(Exception):
    """Nobody answers for what is published."""


class _TakenBack(Exception):
    """A trial went well."""


@dataclass
class Result:
    """What an import found wrong, and what it did."""

    files: int
    faults: list[Fault] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    knows_reviewer: bool = True


def load(path: Path, *, publish: bool = False, reviewer: str = "") -> Result:
    """Imports the folder or file `path`; with `publish` in the name of the clinician with the slug `reviewer`."""
    found = files.found(path, [room.folder for room in ROOMS])
    result = Result(len(found))
    rows = [row for file in found if (row := _read(file)) is not None]
    run = Run(publish)
    try:
        _may_publish(rows, run, reviewer)
        for room in ROOMS:
            _take(room, [row for row in rows if _room(row.file) is room], run)
            if room is CLINICIANS and run.publish:
                run.reviewer = _reviewer(reviewer)
    except _NoReviewer:
        result.knows_reviewer = False
    result.done = run.told()
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


def _room(file: File) -> Room:
    return next(room for room in ROOMS if room.folder == file.path.absolute().parent.name)


def _may_publish(rows: list[Row], run: Run, reviewer: str) -> None:
    """Before anything is written. Raises _NoReviewer."""
    coming = any(_room(row.file) is CLINICIANS and row.file.slug == reviewer for row in rows)
    if run.publish and not coming:
        _reviewer(reviewer)


def _reviewer(slug: str) -> Clinician:
    found = Clinician.objects.filter(slug=slug).first()
    if found is None:
        raise _NoReviewer
    return found


def _take(room: Room, rows: list[Row], run: Run) -> None:
    """Writes the files of a folder, each by itself; what they name in other folders is there by now, or will never be."""
    rows = [row for row in rows if _has_pictures(row)]
    run.rows[room.folder] = {row.file.slug: row for row in rows}
    if room.names_its_own:
        rows = _whole(room, [row for row in rows if _holds(room, row, run)])
        run.rows[room.folder] = {row.file.slug: row for row in rows}
    for row in rows:
        _committed(row, run, partial(room.identify, row, run))
    for row in rows:
        if not row.file.faults:
            _written(room, row, run)


def _has_pictures(row: Row) -> bool:
    """Puts the pictures of a file into the store, in every size, before a transaction waits for that."""
    try:
        row.store_pictures()
    except ValidationError as error:
        row.refuse(error)
        return False
    return True


def _holds(room: Room, row: Row, run: Run) -> bool:
    """Whether a file could be written if those that it names in its own folder were there: tried, and taken back.

    Each part with the first, on which they all stand.
    """
    trial = Run(run.publish, trial=True, reviewer=run.reviewer, rows=run.rows)
    counts: list[int] = []

    def attempt(number: int) -> None:
        room.identify(row, trial)
        parts = room.parts(row, trial)
        counts.append(len(parts))
        for part in parts[:1] if number % len(parts) == 0 else [parts[0], parts[number]]:
            part()
        raise _TakenBack

    last = partial(attempt, -1)  # which may be the only one
    return _committed(row, trial, last) and all(_committed(row, trial, partial(attempt, n)) for n in range(1, counts[0] - 1))


def _whole(room: Room, rows: list[Row]) -> list[Row]:
    """Those that name no file of their folder that is refused and not on the site either."""
    model: Any = room.shape.model
    known = {row.file.slug for row in rows}
    if hasattr(model, "slug"):
        known |= set(model.objects.values_list("slug", flat=True))
    for row in rows:
        missing = [(key, slug, line) for key, slug, line in room.partners(row) if slug not in known]
        for key, slug, line in missing:
            row.file.fault(line, nowhere(key, slug))
    left = [row for row in rows if not row.file.faults]
    return left if len(left) == len(rows) else _whole(room, left)


def _written(room: Room, row: Row, run: Run) -> None:
    """A file in its parts. If the site changed meanwhile, so that a later part is refused, the fault says what was taken."""
    found: list[Callable[[], None]] = []
    if not _committed(row, run, lambda: found.extend(room.parts(row, run))):
        return
    for number, part in enumerate(found):
        if not _committed(row, run, part):
            if number:
                row.file.fault(1, f"{number} of its {len(found)} parts were taken before; import it again once this is mended")
            return


def _committed(row: Row, run: Run, step: Callable[[], None]) -> bool:
    """Does a step in a transaction of its own; tells whether it could be done. What it refuses is not counted."""
    counted = {kind: counts.copy() for kind, counts in run.tally.items()}
    try:
        with turn():
            step()
    except _TakenBack:
        return True
    except NotSaved:
        return False
    except ValidationError as error:
        row.refuse(error)
    except IntegrityError as error:
        row.fault(f"the database refuses this: {error}")
    else:
        return True
    run.tally.clear()
    run.tally.update(counted)
    return False
