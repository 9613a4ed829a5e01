"""Reading a backup back: each file opened and compared with what the manifest says of it."""

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from foundation.progress import bar, byte_bar
from portal.backup import encryption, folder
from portal.backup.encryption import NotWhole
from portal.backup.manifest import Manifest, Stored, read


class Into:
    """Writes through to `file`, if there is one, and keeps the digest and the size."""

    def __init__(self, file: Any = None, progress: Any = None) -> None:
        self.file, self.progress, self.sha256, self.size = file, progress, hashlib.sha256(), 0

    def write(self, block: bytes) -> int:
        self.sha256.update(block)
        self.size += len(block)
        if self.file:
            self.file.write(block)
        if self.progress is not None:
            self.progress.update(len(block))
        return len(block)

    def flush(self) -> None:
        """As age's library asks of a file."""
        if self.file:
            self.file.flush()

    def stored(self) -> Stored:
        return Stored(self.sha256.hexdigest(), self.size)


def read_manifest(backup: Path, keys: encryption.Identities) -> Manifest:
    """Raises NotWhole, also for what another site made."""
    content = BytesIO()
    encryption.open_into(backup / folder.MANIFEST, content, keys)
    try:
        manifest, is_ours = read(content.getvalue())
    except (ValueError, KeyError, TypeError) as fault:
        raise NotWhole(f"{folder.MANIFEST} is not understood: {fault}") from fault
    if not is_ours:
        raise NotWhole(
            f"{folder.MANIFEST} was not signed with this INDEX_KEY: the backup is of another site, or INDEX_KEY is another"
        )
    return manifest


def read_database(backup: Path, manifest: Manifest, keys: encryption.Identities, target: Any = None) -> None:
    """Into the file `target`, if there is one. Raises NotWhole."""
    with byte_bar(manifest.database.size, "database") as progress:
        into = Into(target, progress)
        encryption.open_into(backup / folder.DATABASE, into, keys)
    if into.stored() != manifest.database:
        raise NotWhole(f"{folder.DATABASE} is another than when the backup was made")


def read_pictures(
    backup: Path,
    manifest: Manifest,
    keys: encryption.Identities,
    keep: Callable[[str, bytes], None] = lambda name, content: None,
) -> None:
    """Each to `keep`, with its name. Raises NotWhole."""
    for name, stored in bar(manifest.pictures.items(), lambda: len(manifest.pictures), "pictures"):
        content = BytesIO()
        encryption.open_into(folder.picture_path(backup.parent, stored.sha256), content, keys)
        if Stored(hashlib.sha256(content.getvalue()).hexdigest(), len(content.getvalue())) != stored:
            raise NotWhole(f"the picture {name} is another than when the backup was made")
        keep(name, content.getvalue())


def read_back(path: Path, key_file: Path | None) -> Manifest:
    """Opens everything of a backup and keeps nothing. Raises NotWhole and CommandError."""
    backup = folder.chosen(path)
    keys = encryption.identities(backup.parent, key_file)
    manifest = read_manifest(backup, keys)
    read_database(backup, manifest, keys)
    read_pictures(backup, manifest, keys)
    return manifest
