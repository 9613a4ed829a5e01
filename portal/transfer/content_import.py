"""Reads content files into the site: each is checked, then written in a transaction of its own.

One transaction for all would hold up everybody who writes: families who ask, staff who open a case. No more than one file is
held in memory: where files of a folder name each other they are read twice, to check them all and then to write them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from directory.models import Clinician
from foundation.progress import bar
from portal.transfer import yaml_nodes
from portal.transfer.condition_kinds import CONDITIONS, GLOSSARY, MEDICINES
from portal.transfer.content_files import ContentFile, Fault, Invalid, Rejected, find_files
from portal.transfer.directory_kinds import CLINICIANS, DEPARTMENTS, LOCATIONS
from portal.transfer.items import Item, Run
from portal.transfer.kinds import Kind, Linked
from portal.transfer.picture_kinds import PICTURES
from portal.transfer.publication_kinds import GUIDES, NOTICES, PUBLICATIONS
from portal.transfer.turns import trial, turn

# In this order, so that what a file names in another folder is there by then. Pictures come last: one that was taken back
# still stands in what was published before.
KINDS: tuple[Kind, ...] = (
    *(LOCATIONS, DEPARTMENTS, CLINICIANS, GLOSSARY, MEDICINES, CONDITIONS, *PUBLICATIONS, GUIDES, NOTICES, PICTURES),
)


@dataclass
class Result:
    files: int
    faults: list[Fault] = field(default_factory=list)
    losses: list[Fault] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    knows_reviewer: bool = True


def load(path: Path, *, publish: bool = False, reviewer: str = "") -> Result:
    """Imports the folder or file `path`; with `publish` in the name of the clinician with the slug `reviewer`."""
    files = find_files(path, [kind.folder for kind in KINDS])
    run = Run(publish)
    knows_reviewer = _import(files, run, reviewer)
    if not knows_reviewer:
        for kind in KINDS:
            for file in _of(kind, files):
                _read(kind, file)  # so that every fault is told
    faults = sorted({fault for file in files for fault in file.faults})
    losses = sorted({loss for file in files for loss in file.losses})
    return Result(len(files), faults, losses, run.report(), knows_reviewer)


def _import(files: list[ContentFile], run: Run, reviewer: str) -> bool:
    """Tells whether somebody answers for what is published; without that nothing is, or nothing after the clinicians."""
    own_files = (file for file in _of(CLINICIANS, files) if file.slug == reviewer)
    if run.publish and not (_find_reviewer(reviewer) or any(_read(CLINICIANS, file) for file in own_files)):
        return False
    for kind in KINDS:
        if kind.own_keys:
            _import_linked(kind, _of(kind, files), run)
        else:
            for _file, item in _read_all(kind, _of(kind, files)):
                _write(item, run)
        if kind is CLINICIANS and run.publish:
            run.reviewer = _find_reviewer(reviewer)
            if run.reviewer is None:
                return False
    return True


def _of(kind: Kind, files: list[ContentFile]) -> list[ContentFile]:
    return [file for file in files if file.folder == kind.folder]


def _find_reviewer(slug: str) -> Clinician | None:
    return Clinician.objects.filter(slug=slug).first()


def _import_linked(kind: Kind, files: list[ContentFile], run: Run) -> None:
    """Files that name each other are taken together or refused together."""
    linked = [
        Linked(file, kind.row_name(item), {key: item.link_lines.get(key, {}) for key in kind.own_keys})
        for file, item in _read_all(kind, files)
        if _can_be_written(item, run)
    ]
    whole = _whole(kind, linked)
    for _file, item in _read_all(kind, [each.file for each in whole]):
        _write(item, run)
    for file, link in kind.link_steps([each for each in whole if not each.file.faults], run):
        _step(file, run, link)


def _read_all(kind: Kind, files: list[ContentFile]) -> Iterator[tuple[ContentFile, Item]]:
    """Those without a fault, their pictures in the store."""
    for file in bar(files, lambda: len(files), kind.folder):
        item = _read(kind, file)
        if item is not None:
            try:
                item.store_pictures()
            except ValidationError as error:
                item.refuse(error)
            else:
                yield file, item


def _read(kind: Kind, file: ContentFile) -> Item | None:
    if file.faults:
        return None
    try:
        with file.path.open("rb") as stream:
            item = kind.read(yaml_nodes.read(stream.read(yaml_nodes.MOST_BYTES + 1)), file)
    except Invalid as error:
        file.fault(error.line, str(error))
    except OSError as error:
        file.fault(1, f"it cannot be opened ({error.strerror})")
    return None if file.faults else item


def _can_be_written(item: Item, run: Run) -> bool:
    """Part by part, since each holds up everybody who writes."""
    rehearsal = Run(run.publish, run.reviewer)
    parts = _parts(item, rehearsal)
    numbers = range(1, len(parts)) or range(len(parts))
    return bool(parts) and all(_step(item.file, rehearsal, partial(_try, item, rehearsal, n), trial) for n in numbers)


def _try(item: Item, run: Run, number: int) -> None:
    """A part, with the first, on which they all stand."""
    parts = item.kind.parts(item, run)
    parts[0]()
    if number:
        parts[number]()


def _parts(item: Item, run: Run) -> list[Callable[[], None]]:
    """None, if the file is refused already."""
    parts: list[Callable[[], None]] = []
    _step(item.file, run, lambda: parts.extend(item.kind.parts(item, run)))
    return parts


def _whole(kind: Kind, linked: list[Linked]) -> list[Linked]:
    """Those that name no file of their folder that is refused and not on the site either."""
    on_site = set(kind.model.objects.values_list("slug", flat=True)) if hasattr(kind.model, "slug") else set()
    while True:
        known = on_site | {each.file.slug for each in linked}
        for each in linked:
            for key, lines in each.links.items():
                for slug in lines.keys() - known:
                    each.file.fault(lines[slug], kind.not_found(key, slug))
        left = [each for each in linked if not each.file.faults]
        if len(left) == len(linked):
            return left
        linked = left


def _write(item: Item, run: Run) -> None:
    """A file in its parts. If the site changed meanwhile, so that a later part is refused, the fault says what was taken."""
    parts = _parts(item, run)
    for number, part in enumerate(parts):
        if not _step(item.file, run, part):
            if number:
                words = f"{number} of its {len(parts)} parts were taken before; import it again once this is mended"
                item.file.fault(1, words)
            return


def _step(file: ContentFile, run: Run, action: Callable[[], None], transaction: Callable[..., Any] = turn) -> bool:
    """Does something in a transaction of its own; tells whether it could be done. What is refused is not counted."""
    before = run.counts.copy()
    try:
        with transaction():
            action()
    except Rejected:
        pass
    except ValidationError as error:
        file.fault(1, " ".join(error.messages))
    except IntegrityError as error:
        file.fault(1, f"the database refuses this: {error}")
    else:
        return True
    run.counts = before
    return False
