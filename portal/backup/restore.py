"""Bringing a backup back: into a place to try it, or, in consent, into the place of the site itself.

What a backup holds is believed only once all of it was read. Then the database is settled (`settle.py`) by a process of its own that
works on it as the site would; and only then a SQLite file gets its name, so that nobody ever meets it unsettled.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from foundation.audit import erasures
from portal.backup import encryption, folder, read
from portal.backup.checks import unfinished
from portal.backup.databases import POSTGRESQL, Target, check_tool
from portal.backup.manifest import Manifest
from portal.environment import Environment

SPARE = 1.05  # of the room that is needed
WAITING = "restored.new"  # the database while nobody may meet it


@dataclass(frozen=True)
class Place:
    """Where to: a folder like VAR_DIR, and a database in it or elsewhere."""

    folder: Path
    target: Target
    is_real: bool = False

    @property
    def marker(self) -> Path:
        """Names the backup while it is brought back here; what a killed run leaves."""
        return self.folder / unfinished().name

    @property
    def database(self) -> Path:
        """The file of SQLite."""
        return Path(self.target.settings()["NAME"])

    def is_empty(self) -> bool:
        """But for what a run left that was killed while it wrote the marker."""
        left = {f"{self.marker.name}.new"}
        return not self.folder.exists() or left >= {path.name for path in self.folder.iterdir()}

    def begun(self, backup: Path) -> bool:
        """Whether this very backup was being brought back here."""
        return self.marker.exists() and self.marker.read_text(encoding="utf-8").startswith(backup.name)


def trial_place(words: Iterable[str], backup: Path) -> Place:
    """Of a folder, the address of a database, or both. Raises CommandError."""
    urls = [word for word in words if word.startswith((*POSTGRESQL, "sqlite:"))]
    folders = [Path(word).resolve() for word in words if word not in urls]
    if len(urls) > 1 or len(folders) > 1:
        raise CommandError("--into takes a folder, the address of a database, or one of each.")
    where = folders[0] if folders else Path(settings.VAR_DIR) / "trial" / backup.name
    return Place(where, Target(urls[0] if urls else f"sqlite:///{where / 'db.sqlite3'}"))


def real_place() -> Place:
    """The site's own."""
    own = connection.settings_dict
    url = Environment().str("DATABASE_URL", default="") if connection.vendor == "postgresql" else f"sqlite:///{own['NAME']}"
    return Place(Path(settings.VAR_DIR), Target(url), is_real=True)


def choose_list(manifest: Manifest, given: Path | None, beside: Path) -> list[erasures.Entry]:
    """What was erased after the backup, by the longest list at hand that goes on from where it stood then. Raises CommandError."""
    number, digest = manifest.erasures
    found, faults = [], []
    for path in [given] if given else [Path(settings.ERASURE_LIST), beside / folder.ERASURES]:
        try:
            lines = list(erasures.entries(path))
        except erasures.Broken as fault:
            faults.append(str(fault))
            continue
        if len(lines) >= number and (number == 0 or lines[number - 1].digest == digest):
            found.append(lines[number:])
    if not found:
        raise CommandError(
            f"No erasure list goes on from where it stood when this backup was made (line {number}): who was erased since would come "
            f"back. {' '.join(faults)} Bring the list (--erasures FILE); or say --without-erasures, and see to it by hand."
        )
    return max(found, key=len)


def check(backup: Path, manifest: Manifest, place: Place) -> None:
    """Whether it can be brought back into `place`. Raises CommandError; nothing is written."""
    if (manifest.vendor == "postgresql") != place.target.is_postgresql:
        kind = "PostgreSQL: say --into FOLDER postgres://…" if manifest.vendor == "postgresql" else "SQLite"
        raise CommandError(f"This backup is of {kind}.")
    if strangers := set(manifest.migrations) - {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}:
        raise CommandError(
            f"This backup was made by other software, which knows {', '.join(sorted(strangers)[:5])}. Install that."
        )
    if not place.begun(backup):
        _check_empty(place)
    needed = (manifest.database.size + sum(stored.size for stored in manifest.pictures.values())) * SPARE
    place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (free := shutil.disk_usage(place.folder).free) < needed:
        raise CommandError(f"{place.folder} needs room for {needed / 1e9:.1f} GB and has {free / 1e9:.1f} GB.")


def _check_empty(place: Place) -> None:
    if place.target.is_postgresql:
        for tool in ("pg_restore", "psql"):
            check_tool(tool, place.target.server())
        if not place.target.is_empty():
            raise CommandError("That database is not empty. Make a new one; nothing is ever written over.")
    elif left := [path for path in _with_log(place.database) if path.exists() and path.stat().st_size]:
        raise CommandError(f"There is a database: {left[0]}. Put it aside first; nothing is ever written over.")
    if not (place.is_real or place.is_empty()):
        raise CommandError(f"{place.folder} is not empty. Name a new folder.")


def _with_log(database: Path) -> list[Path]:
    """A SQLite file and what may stand beside it; a log of another database would spoil a new one."""
    return [database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))]


def bring_back(
    backup: Path, manifest: Manifest, keys: encryption.Identities, place: Place, since: list[erasures.Entry]
) -> bool:
    """Whether all of it is as it should be; what is not was told. Raises NotWhole, CommandError and OSError."""
    waiting = place.folder / WAITING
    if place.begun(backup) and not place.target.is_postgresql and place.database.exists():  # killed at its very end
        place.marker.unlink()
        return True
    if not (place.begun(backup) and place.target.is_postgresql and not place.target.is_empty()):
        folder.write_whole(place.marker, backup.name.encode())
        for left in _with_log(waiting):
            left.unlink(missing_ok=True)
        with waiting.open("wb") as file:
            waiting.chmod(0o600)
            read.read_database(backup, manifest, keys, file)
        read.read_pictures(backup, manifest, keys, lambda name, content: _keep(place.folder / "media" / name, content))
        if place.target.is_postgresql:
            place.target.load(waiting)
            waiting.unlink()
    is_well = _settle(place, waiting, manifest, since)
    if not place.target.is_postgresql:
        with closing(sqlite3.connect(waiting)) as settled:
            settled.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        waiting.replace(place.database)
    os.sync()
    place.marker.unlink()
    return is_well


def _keep(path: Path, content: bytes) -> None:
    if not path.exists() or hashlib.sha256(path.read_bytes()).digest() != hashlib.sha256(content).digest():
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_name(f"{path.name}.new")
        written.write_bytes(content)
        written.replace(path)


def _settle(place: Place, waiting: Path, manifest: Manifest, since: list[erasures.Entry]) -> bool:
    """By a site of its own that knows this one's keys and works on the restored database."""
    job = place.folder / "settle.json"
    facts = {
        "made_at": manifest.made_at,
        "rows": manifest.rows,
        "since": [vars(entry) for entry in since],
        "real": place.is_real,
    }
    folder.write_whole(job, json.dumps(facts).encode())
    own = {
        "DATABASE_URL": place.target.url if place.target.is_postgresql else f"sqlite:///{waiting}",
        "VAR_DIR": str(place.folder),
        "FIELD_KEYS": settings.FIELD_KEYS,
        "INDEX_KEY": settings.INDEX_KEY,
        "SECRET_KEY": settings.SECRET_KEY,
        "ERASURE_LIST": str(settings.ERASURE_LIST),
    }
    blank = {f"{name}_FILE": "" for name in own}  # or a file named in .env would go before what stands here
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "restore", "--settle", str(job)]
    done = subprocess.run(command, env=os.environ | blank | own, check=False)
    if done.returncode not in {0, SettledWithFaults.code}:
        raise CommandError("The restored database could not be settled; what went wrong stands above. Run the same again.")
    job.unlink()
    return done.returncode == 0


class SettledWithFaults(Exception):
    """Everything was done, and something is not as it should be."""

    code = 3
