"""What a backup says of itself: everything that is in it, with digests, and how it was made. Sealed like the rest.

Who knows the public key could seal a backup of their own: the manifest is signed with a key made of INDEX_KEY.
"""

import hmac
import json
import platform
from dataclasses import asdict, dataclass, field
from importlib.metadata import version

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from foundation.privacy import keys

FORMAT = 1


@dataclass(frozen=True)
class Stored:
    """A file in a backup: digest (SHA-256, hexadecimal) and size (bytes) of what it holds."""

    sha256: str
    size: int


def software() -> dict[str, str]:
    names = ("django", "cryptography", "pyrage")
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def applied_migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


@dataclass
class Manifest:
    """Moments are UTC. `erasures` is where the erasure list stood before the database was read: number and digest."""

    made_at: str
    vendor: str  # sqlite or postgresql
    vendor_version: str
    rows: dict[str, int]  # by table
    erasures: tuple[int, str]
    database: Stored = field(default_factory=lambda: Stored("", 0))
    pictures: dict[str, Stored] = field(default_factory=dict)  # by name
    seconds: float = 0
    format: int = FORMAT
    software: dict[str, str] = field(default_factory=software)
    migrations: list[str] = field(default_factory=applied_migrations)
    keys: list[str] = field(default_factory=lambda: list(keys.ring()))  # names alone

    def written(self) -> bytes:
        content = json.dumps(asdict(self), sort_keys=True)
        return json.dumps({"signature": _signature(content), "content": content}).encode()


def read(written: bytes) -> tuple[Manifest, bool]:
    """The manifest, and whether this site's INDEX_KEY signed it. Raises ValueError for what is none, or of a later format."""
    outer = json.loads(written)
    content = json.loads(outer["content"])
    if content["format"] > FORMAT:
        raise ValueError("it was made by a newer version of this software")
    content["database"] = Stored(**content["database"])
    content["pictures"] = {name: Stored(**stored) for name, stored in content["pictures"].items()}
    content["erasures"] = tuple(content["erasures"])
    return Manifest(**content), hmac.compare_digest(outer["signature"], _signature(outer["content"]))


def _signature(content: str) -> str:
    key = hmac.digest(settings.INDEX_KEY.encode(), b"backup manifest", "sha256")
    return hmac.digest(key, content.encode(), "sha256").hex()
