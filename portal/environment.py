"""Reads the environment for `portal.settings`, and refuses what cannot work with a sentence that says what to set."""

import base64
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

MAKE_KEY = "`openssl rand -base64 32 | tr +/ -_`"
CODE_SYSTEMS = {"icd-10-cm", "snomed-ct", "orpha", "omim", "mesh", "icd-11"}  # as `conditions.ConditionCode` has them
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Environment(environ.FileAwareEnv):
    """`NAME` from the environment or `.env`; `NAME_FILE` names a file that holds it, as container secrets do."""

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or False; anything else is refused rather than guessed."""
        word = self.str(name, default=str(default)).strip().lower()
        if word not in {"true", "false", "1", "0", ""}:
            raise ImproperlyConfigured(f"{name} is {word!r}. Set it to True or False, or leave it out.")
        return word in {"true", "1"}

    def choice(self, name: str, choices: list[str]) -> str:
        """One of `choices`; the first by default."""
        word = self.str(name, default="") or choices[0]
        if word not in choices:
            raise ImproperlyConfigured(f"{name} is {word!r}. Set it to {' or '.join(choices)}, or leave it out.")
        return word

    def database(self, name: str, *, default: str) -> dict[str, Any]:
        """Django's settings of a SQLite or PostgreSQL database; empty means the default."""
        url = self.str(name, default="") or default
        if not url.startswith(("sqlite:", "postgres:", "postgresql:")):
            raise ImproperlyConfigured(f"{name} is not understood. Set it like postgres://user:password@host/portal.")
        return dict(self.db_url_config(url))

    def zone(self, name: str, *, default: str) -> str:
        """An IANA time zone name."""
        zone = self.str(name, default=default)
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ImproperlyConfigured(
                f"{name} is {zone!r}, which is no time zone. Set it to a name like America/New_York."
            ) from error
        return zone

    def reasons(self, name: str) -> dict[str, str]:
        """Pairs like `what=why,what=why`. A reason may hold no comma, and none may be missing."""
        pairs = [pair.partition("=") for pair in self.str(name, default="").split(",") if pair.strip()]
        given = {what.strip(): why.strip() for what, _equals, why in pairs}
        for what in (what for what, why in given.items() if not why):
            raise ImproperlyConfigured(
                f"{name} gives no reason for {what!r}. Set it like {what or 'duty'}=our reason,other=reason."
            )
        return given

    def code_systems(self, name: str) -> dict[str, str]:
        """Pairs like `2.16.840.1.113883.2.99=orpha`: what records call a code system that we know."""
        pairs = [pair.strip().rpartition("=") for pair in self.str(name, default="").split(",") if pair.strip()]
        if strangers := {system for _alias, _equals, system in pairs} - CODE_SYSTEMS:
            known = ", ".join(sorted(CODE_SYSTEMS))
            raise ImproperlyConfigured(
                f"{name} names {', '.join(sorted(strangers))}. Set it like name=system; systems are {known}."
            )
        return {alias.strip().lower(): system for alias, _equals, system in pairs}

    def secret(self, name: str, *, hosts: list[str], folder: Path) -> str:
        """A secret of at least 50 characters; on a machine of one's own it is made once and kept in `folder`."""
        given = self.str(name, default="")
        if given:
            if len(given) < 50:
                raise ImproperlyConfigured(f"{name} is too short. Set it to at least 50 random characters.")
            return given
        if not set(hosts) <= LOOPBACK:
            raise ImproperlyConfigured(
                f"ALLOWED_HOSTS names more than this machine, and {name} is not set. "
                f"Set {name} (or {name}_FILE) to at least 50 random characters."
            )
        return kept_secret(folder / name.lower())

    def keys(self, name: str, *, hosts: list[str], folder: Path) -> str:
        """A key ring, "name:key,…"; on a machine of one's own a first key is made once and kept in `folder`."""
        given = self.str(name, default="")
        if given or set(hosts) <= LOOPBACK:
            return given or kept_secret(folder / name.lower(), made=first_key)
        raise ImproperlyConfigured(f"{name} is not set. Set {name} (or {name}_FILE) to name:key, key made by {MAKE_KEY}.")


def first_key() -> str:
    """A key ring of one new key: 32 random bytes in URL-safe Base64."""
    return f"k1:{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}"


def kept_secret(path: Path, made: Callable[[], str] = lambda: secrets.token_urlsafe(64)) -> str:
    """The secret in `path`, made if it is not there; readable by its owner only. Of several processes one makes it, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:
            file.write(made())
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text(encoding="ascii")
