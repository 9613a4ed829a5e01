"""Making a backup: the database of one moment, the pictures that are new, and a manifest of all of it."""

import hashlib
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from foundation.progress import bar
from portal.backup import databases, encryption, folder, pictures
from portal.backup.manifest import Manifest, Stored

SPARE = 1.1  # of the room that is needed


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
    folder.make_places(to)
    former = folder.read_index(to)
    _check_room(to, sum(stat.st_size for stat in pictures.new(pictures.stored(), former, to).values()))
    unfinished, final = folder.begin(to)
    with databases.snapshot() as moment, ThreadPoolExecutor(1) as beside:
        manifest = Manifest(datetime.now(UTC).isoformat(), connection.vendor, moment.version, moment.rows, stood)
        stream = Digest(moment.stream)
        sealing = beside.submit(encryption.seal, stream, unfinished / folder.DATABASE, recipients)
        there = pictures.stored()  # after that moment: what it names was stored before
        new = pictures.new(there, former, to)
        known = {name: former[name] for name in there.keys() - new.keys()}
        index = known | dict(bar(pictures.seal(list(new), to, unfinished, recipients), lambda: len(new), "pictures"))
        sealing.result()
    manifest.database = stream.stored()
    manifest.pictures = {name: Stored(str(entry["sha256"]), int(entry["size"])) for name, entry in index.items()}
    manifest.seconds = round(time.monotonic() - began, 1)
    encryption.seal(BytesIO(manifest.written()), unfinished / folder.MANIFEST, recipients)
    folder.finish(unfinished, final, former | {name: entry | {"has": final.name} for name, entry in index.items()})
    if settings.ERASURE_LIST.exists():
        folder.write_whole(to / folder.ERASURES, settings.ERASURE_LIST.read_bytes())
    return final, manifest


def _check_room(to: Path, new: int) -> None:
    """The database is as large again as it is, at most; on SQLite a copy of it lies in VAR_DIR meanwhile."""
    database = databases.size()
    needed = {to: database + new} | ({settings.VAR_DIR: database} if connection.vendor == "sqlite" else {})
    for place, wanted in needed.items():
        if (free := shutil.disk_usage(place).free) < wanted * SPARE:
            raise CommandError(
                f"{place} needs room for {wanted * SPARE / 1e6:,.0f} MB and has {free / 1e6:,.0f} MB. Nothing was written."
            )
