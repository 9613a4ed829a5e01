"""The key ring: which keys seal personal columns, and the separate key of the blind index.

`FIELD_KEYS` is "name:key,name:key": the first seals, all of them open. Keys are 32 bytes in URL-safe Base64.
"""

import base64
import hmac
import re
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

NAME = re.compile(r"[A-Za-z0-9_-]{1,20}")


class Unreadable(Exception):
    """A sealed value was altered, moved to another row or column, or its key is gone. Made with table, column and row."""

    def __str__(self) -> str:
        where = ".".join(str(self.args[0]).split(".")[:2])
        return _("Something stored cannot be read any more (%(where)s). Tell the person who runs this site.") % {
            "where": where
        }


@lru_cache(maxsize=4)
def _ring(written: str) -> dict[str, AESGCM]:
    ring: dict[str, AESGCM] = {}
    for part in filter(None, (part.strip() for part in written.split(","))):
        name, _colon, key = part.partition(":")
        if name in ring or not NAME.fullmatch(name):
            raise ImproperlyConfigured(
                "FIELD_KEYS is not understood. Give each key a short name of its own, like k1:key,k2:key."
            )
        ring[name] = AESGCM(_key(name, key))
    if not ring:
        raise ImproperlyConfigured("FIELD_KEYS is empty. Set at least one key as name:key.")
    return ring


def _key(name: str, written: str) -> bytes:
    """32 bytes; the message never repeats what was written."""
    try:
        key = base64.b64decode(written, altchars=b"-_", validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(f"FIELD_KEYS: the key {name} is not 32 bytes in URL-safe Base64.")
    return key


def ring() -> dict[str, AESGCM]:
    """The keys by name; the first is the one that seals. Raises ImproperlyConfigured."""
    return _ring(settings.FIELD_KEYS)


def current() -> str:
    return next(iter(ring()))


def keyed_hash(value: str, *, what: str) -> str:
    """HMAC-SHA256 (hexadecimal) under `INDEX_KEY`; `what` keeps its uses apart. Nobody can make it from the database alone.

    The blind index of a normalised value too: equal values can be found, none can be read.
    """
    return hmac.digest(settings.INDEX_KEY.encode(), f"{what}\x00{value}".encode(), "sha256").hex()
