"""Sealing backups in the format of age (age-encryption.org): the private key opens them with the plain `age` tool as well.

A site knows public keys alone (BACKUP_RECIPIENTS), so that who breaks into it reads no backup. With BACKUP_PASSPHRASE
instead a key of the folder's own lies in it, sealed with the passphrase: to try a passphrase takes seconds, and is done once.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings
from django.core.management.base import CommandError

from portal.backup.folder import write_whole

KEY = "key.age"  # the folder's own, sealed with the passphrase
NOT_SET = (
    "Say who can read backups: set BACKUP_RECIPIENTS to a public key of age (make one with `manage.py backup --new-key FILE`) "
    "or BACKUP_PASSPHRASE to a long sentence."
)
Identities = list[Any]


class NotWhole(Exception):
    """A file of a backup is cut, changed or not for this key; the message says so with its name."""


def new_key(path: Path) -> str:
    """Writes a private key for the operator alone, and returns its public key. Raises FileExistsError."""
    identity = pyrage.x25519.Identity.generate()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"# public key: {identity.to_public()}\n{identity}\n")
        file.flush()
        os.fsync(file.fileno())
    return str(identity.to_public())


def recipients(folder: Path) -> Sequence[Any]:
    """Whom a backup in `folder` is sealed for. Raises CommandError."""
    if settings.BACKUP_RECIPIENTS:
        return [_recipient(written) for written in settings.BACKUP_RECIPIENTS]
    if not settings.BACKUP_PASSPHRASE:
        raise CommandError(NOT_SET)
    known = identities(folder, None) if (folder / KEY).exists() else [_make_key_of(folder)]
    return [identity.to_public() for identity in known]


def _recipient(written: str) -> Any:
    try:
        return pyrage.x25519.Recipient.from_str(written.strip())
    except pyrage.RecipientError as fault:
        raise CommandError(f"BACKUP_RECIPIENTS: {written[:20]!r} is no public key of age. It begins with age1.") from fault


def _make_key_of(folder: Path) -> Any:
    """Its only writer has the folder to itself."""
    identity = pyrage.x25519.Identity.generate()
    write_whole(folder / KEY, pyrage.passphrase.encrypt(str(identity).encode(), settings.BACKUP_PASSPHRASE))
    return identity


def identities(folder: Path, key_file: Path | None) -> Identities:
    """What opens the backups in `folder`: the private key in `key_file`, or the folder's own. Raises CommandError."""
    if key_file:
        try:
            return _read(key_file.read_text(encoding="ascii", errors="replace"), str(key_file))
        except OSError as fault:
            raise CommandError(f"{key_file}: {fault.strerror}.") from fault
    if not (folder / KEY).exists():
        raise CommandError("Say where the private key is: --identity FILE.")
    if not settings.BACKUP_PASSPHRASE:
        raise CommandError("These backups are sealed with a passphrase: set BACKUP_PASSPHRASE (or BACKUP_PASSPHRASE_FILE).")
    try:
        opened = pyrage.passphrase.decrypt((folder / KEY).read_bytes(), settings.BACKUP_PASSPHRASE)
    except (pyrage.DecryptError, OSError) as fault:
        raise CommandError(f"{folder / KEY} does not open with this BACKUP_PASSPHRASE, or it was changed.") from fault
    return _read(opened.decode("ascii", "replace"), KEY)


def _read(written: str, name: str) -> Identities:
    keys = [line.strip() for line in written.splitlines() if line.startswith("AGE-SECRET-KEY-1")]
    try:
        found = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except pyrage.IdentityError as fault:
        raise CommandError(f"{name} holds no private key of age.") from fault
    if not found:
        raise CommandError(f"{name} holds no private key of age.")
    return found


def seal(reader: Any, path: Path, to: Sequence[Any]) -> None:
    """Seals all that `reader` gives into a new file. Memory does not grow with it. Raises OSError."""
    try:
        with path.open("wb") as file:
            pyrage.encrypt_io(reader, file, to)
    except pyrage.EncryptError as fault:
        raise OSError(f"{path.name}: {fault}") from fault


def open_into(path: Path, writer: Any, keys: Identities) -> None:
    """Writes what a sealed file holds. Raises NotWhole; until this returns nothing that was written may be believed."""
    try:
        with path.open("rb") as file:
            pyrage.decrypt_io(file, writer, keys)
    except FileNotFoundError as fault:
        raise NotWhole(f"{path.name} is missing") from fault
    except pyrage.DecryptError as fault:
        wrong_key = "No matching keys" in str(fault)
        raise NotWhole(f"{path.name} is {'not sealed for this key' if wrong_key else 'cut or changed'}") from fault
    except OSError as fault:
        if fault.errno:  # of a disk, not of age
            raise
        raise NotWhole(f"{path.name} is cut or changed") from fault
