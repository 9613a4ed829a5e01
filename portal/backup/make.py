"""Making a backup: the database of one moment, the pictures that are new, and a manifest of all of it."""

import hashlib
import os
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from foundation.progress import bar
from portal.backup import databases, encryption, folder
from portal.backup.manifest import Manifest, Stored

SPARE = 1.1  # of the room that is needed
THREADS = 2  # that seal pictures: what costs is done outside Python's lock
Pictures = dict[str, os.stat_result]  # by name


class Digest:
    """Reads a stream and keeps its digest and size."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.sha256, self.size = stream, hashlib.sha256(), 0

    def read(self, count: int = -1) -> bytes:
        block = self.stream.read(count)
        self.sha256.update(block)
        self.size += len(block)
        return bytes(block)

    def stored(self) -> Stored:
        return Stored(self.sha256.hexdigest(), self.size)


def make(to: Path, *, stood: tuple[int, str]) -> tuple[Path, Manifest]:
    """A new backup in the folder `to`, where nobody else writes; the erasure list `stood` so before it. Raises CommandError and OSError; then there is none."""
    began = time.monotonic()
    recipients = encryption.recipients(to)
    (to / "pictures").mkdir(exist_ok=True)
    former = folder.read_index(to)
    _check_room(to, sum(stat.st_size for stat in _new(_pictures(), former, to).values()))
    unfinished, final = folder.begin(to)
    with databases.snapshot() as moment, ThreadPoolExecutor(1) as beside:
        manifest = Manifest(datetime.now(UTC).isoformat(), connection.vendor, moment.version, moment.rows, stood)
        stream = Digest(moment.stream)
        sealing = beside.submit(encryption.seal, stream, unfinished / folder.DATABASE, recipients)
        there = _pictures()  # after that moment: what it names was stored before
        new = _new(there, former, to)
        known = {name: former[name] for name in there.keys() - new.keys()}
        index = known | _seal_pictures(to, list(new), recipients)
        sealing.result()
    manifest.database = stream.stored()
    manifest.pictures = {name: Stored(str(entry["sha256"]), int(entry["size"])) for name, entry in index.items()}
    manifest.seconds = round(time.monotonic() - began, 1)
    encryption.seal(BytesIO(manifest.written()), unfinished / folder.MANIFEST, recipients)
    folder.finish(unfinished, final, former | {name: entry | {"has": final.name} for name, entry in index.items()})
    if settings.ERASURE_LIST.exists():
        folder.write_whole(to / folder.ERASURES, settings.ERASURE_LIST.read_bytes())
    return final, manifest


def _pictures() -> Pictures:
    """Every stored file. Of a folder that cannot be read nobody knows what it holds: OSError."""
    found: Pictures = {}
    for place, _folders, names in os.walk(settings.MEDIA_ROOT, onerror=_raise_unless_gone):
        for path in (Path(place, name) for name in names):
            with suppress(FileNotFoundError):  # taken away this very moment
                if path.is_file():
                    found[path.relative_to(settings.MEDIA_ROOT).as_posix()] = path.stat()
    return found


def _raise_unless_gone(fault: OSError) -> None:
    if not isinstance(fault, FileNotFoundError):
        raise fault


def _new(pictures: Pictures, former: folder.Index, to: Path) -> Pictures:
    """Those that do not lie in the folder yet, by size and time of their files."""
    return {name: stat for name, stat in pictures.items() if not _lies_there(stat, former.get(name), to)}


def _lies_there(stat: os.stat_result, entry: dict[str, str | int] | None, to: Path) -> bool:
    return (
        entry is not None
        and (entry["size"], entry["mtime"]) == (stat.st_size, stat.st_mtime_ns)
        and folder.picture_path(to, str(entry["sha256"])).exists()
    )


def _seal_pictures(to: Path, names: list[str], recipients: Sequence[Any]) -> folder.Index:
    with ThreadPoolExecutor(THREADS) as pool:
        sealed = pool.map(partial(_seal_picture, to, recipients), names)
        return {name: entry for name, entry in zip(names, bar(sealed, lambda: len(names), "pictures"), strict=True) if entry}


def _seal_picture(to: Path, recipients: Sequence[Any], name: str) -> dict[str, str | int] | None:
    """Its entry in the index; None if it was taken away this very moment."""
    path = Path(settings.MEDIA_ROOT) / name
    try:
        stat, content = path.stat(), path.read_bytes()
    except FileNotFoundError:
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    target = folder.picture_path(to, sha256)
    target.parent.mkdir(exist_ok=True)
    written = target.with_suffix(".new")
    written.write_bytes(pyrage.encrypt(content, recipients))
    written.replace(target)
    return {"size": len(content), "mtime": stat.st_mtime_ns, "sha256": sha256}


def _check_room(to: Path, pictures: int) -> None:
    """The database is as large again as it is, at most; on SQLite a copy of it lies in VAR_DIR meanwhile."""
    database = databases.size()
    needed = {to: database + pictures} | ({settings.VAR_DIR: database} if connection.vendor == "sqlite" else {})
    for place, wanted in needed.items():
        if (free := shutil.disk_usage(place).free) < wanted * SPARE:
            raise CommandError(
                f"{place} needs room for {wanted * SPARE / 1e6:,.0f} MB and has {free / 1e6:,.0f} MB. Nothing was written."
            )
