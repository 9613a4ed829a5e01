"""The folder in which backups are kept: which there are, which are too old, and one writer at a time.

key.age                     with BACKUP_PASSPHRASE alone, see encryption.py
erasures.list               a copy of the erasure list as of the newest backup
pictures/ab/ab12….age       each stored picture once, named by the SHA-256 of what it holds
pictures/index.json         which picture is in which file, so that known ones are not read again; never believed when restoring
2026-12-01T031500Z/         one backup: database.age and manifest.age. It has this name only once it is whole
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.management.base import CommandError

STAMP = "%Y-%m-%dT%H%M%SZ"
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")
PARTIAL = ".partial"
Index = dict[str, dict[str, str | int]]
DATABASE, MANIFEST, INDEX, ERASURES = "database.age", "manifest.age", "index.json", "erasures.list"


def backups(folder: Path) -> list[Path]:
    """Those that are whole, oldest first."""
    return sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name)) if folder.is_dir() else []


def chosen(path: Path) -> Path:
    """A backup by its own folder, or the newest of the folder of all. Raises CommandError."""
    if NAME.fullmatch(path.name) and path.is_dir():
        return path
    if not (found := backups(path)):
        raise CommandError(f"There is no backup in {path}.")
    return found[-1]


def picture_path(folder: Path, sha256: str) -> Path:
    return folder / "pictures" / sha256[:2] / f"{sha256}.age"


def make_places(folder: Path) -> None:
    """Of the pictures, by the first two letters of their names."""
    for first in range(256):
        (folder / "pictures" / f"{first:02x}").mkdir(parents=True, exist_ok=True)


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Raises CommandError while another backup writes here. A killed one holds nothing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise CommandError(f"Another backup is writing into {folder}. Wait until it has ended.") from fault
        yield


def begin(folder: Path) -> tuple[Path, Path]:
    """(where to write, the name once it is whole) of a new backup. What killed ones left is removed."""
    for left in folder.glob(f"*{PARTIAL}"):
        shutil.rmtree(left)
    moment = datetime.now(UTC)
    while (final := folder / moment.strftime(STAMP)).exists():
        moment += timedelta(seconds=1)
    unfinished = final.with_name(final.name + PARTIAL)
    unfinished.mkdir()
    return unfinished, final


def finish(unfinished: Path, final: Path, index: Index) -> None:
    """From now on it counts, and a cut of the power takes nothing of it away. The index names no picture that is not there."""
    os.sync()  # all at once: each picture alone would wait for the disk
    _write_index(final.parent, index)
    unfinished.rename(final)
    os.sync()


def write_whole(path: Path, content: bytes) -> None:
    """The old content or the new, never half of it."""
    written = path.with_name(f"{path.name}.new")
    with written.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)


def read_index(folder: Path) -> Index:
    """By name of a picture: `size`, `mtime` (ns), `sha256`, and the last backup that `has` it. Empty where it cannot be read."""
    try:
        return dict(json.loads((folder / "pictures" / INDEX).read_bytes()))
    except (OSError, ValueError):
        return {}


def _write_index(folder: Path, index: Index) -> None:
    write_whole(folder / "pictures" / INDEX, json.dumps(index).encode())


def remove_old(folder: Path, *, days: int) -> list[str]:
    """Removes backups made more than `days` days ago, never the newest, and pictures that no other has. Their names."""
    oldest = (datetime.now(UTC) - timedelta(days=days)).strftime(STAMP)
    old = [path for path in backups(folder)[:-1] if path.name < oldest]
    for path in old:
        gone = path.rename(path.with_name(path.name + PARTIAL))  # killed here, the next run removes the rest
        shutil.rmtree(gone)
    if old:
        _remove_pictures(folder, backups(folder)[0].name)
    return [path.name for path in old]


def _remove_pictures(folder: Path, oldest: str) -> None:
    """Those that only backups before `oldest` have."""
    index = read_index(folder)
    kept = {name: entry for name, entry in index.items() if str(entry["has"]) >= oldest}
    needed = {entry["sha256"] for entry in kept.values()}
    _write_index(folder, kept)
    for entry in index.values():
        if entry["sha256"] not in needed:
            picture_path(folder, str(entry["sha256"])).unlink(missing_ok=True)
