"""Reads the environment for `portal.settings`, and refuses what cannot work with a sentence that says what to set."""

import base64
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

MAKE_KEY = "`openssl rand -base64 32 | tr +/ -_`"
CODE_SYSTEMS = {"icd-10-cm", "snomed-ct", "orpha", "omim", "mesh", "icd-11"}  # as `conditions.ConditionCode` has them
LOOPBACK = ["127.0.0.1", "[::1]", "localhost"]


def is_this_machine(hosts: list[str]) -> bool:
    """Whether nobody else can call these names; 127.0.0.2 is as much this machine as 127.0.0.1 is."""
    return all(host == "localhost" or _is_loopback(host) for host in hosts)


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_loopback
    return False


def host_names(address: str) -> list[str]:
    """What a site answers to that is for this machine alone: its usual names, and that of `address`."""
    host = re.sub(r":\d+$", "", address.partition("//")[2])
    if not is_this_machine([host]):
        raise ImproperlyConfigured(
            f"LINK_BASE (in `make run`: HOST) is {host}, and without ALLOWED_HOSTS the site is for this machine alone. "
            "Set it to localhost or 127.0.0.1; docs/operating.md says how to serve others."
        )
    return [*LOOPBACK, host]


class Environment(environ.FileAwareEnv):
    """`NAME` from the environment or `.env`; `NAME_FILE` names a file that holds it, as container secrets do."""

    def get_value(self, var: str, *args: Any, **options: Any) -> Any:
        try:
            return super().get_value(var, *args, **options)
        except OSError as fault:
            raise ImproperlyConfigured(
                f"{var}_FILE cannot be read: {fault.strerror}. Set it to a file that holds {var}."
            ) from fault

    def number(self, name: str, *, default: int, least: int = 0, most: int = 1000) -> int:
        """A whole number; empty means the default."""
        word = self.str(name, default="").strip() or str(default)
        if not re.fullmatch("[0-9]{1,9}", word) or not least <= int(word) <= most:
            raise ImproperlyConfigured(
                f"{name} is {word!r}. Set it to a whole number from {least} to {most}, or leave it out."
            )
        return int(word)

    def address(self, name: str, *, default: str) -> str:
        """What links begin with; empty means the default."""
        address = (self.str(name, default="") or default).rstrip("/")
        if address and not re.fullmatch(r"https?://([^\s/?#:@]+|\[[0-9a-f:]+\])(:\d{1,5})?", address):
            raise ImproperlyConfigured(
                f"{name} is {address!r}. Set it like https://portal.example.org, with nothing behind it."
            )
        return address

    def mail(self, name: str) -> dict[str, Any]:
        """Django's settings of a mail server. What was given stays unsaid: it may hold a password."""
        with suppress(ImproperlyConfigured, ValueError):
            found = dict(self.email(name))
            if found["EMAIL_HOST"] or not found["EMAIL_BACKEND"].endswith("smtp.EmailBackend"):
                return found
        raise ImproperlyConfigured(f"{name} is not understood. Set it like smtp+tls://user:password@mail.example.org:587.")

    def flag(self, name: str) -> bool:
        """True or False; anything else is refused rather than guessed."""
        word = self.str(name, default="").strip().lower()
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
        with suppress(ValueError):  # a port that is none
            if url.startswith(("sqlite:", "postgres:", "postgresql:")):
                return dict(self.db_url_config(url))
        raise ImproperlyConfigured(f"{name} is not understood. Set it like postgres://user:password@host/portal.")

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
        if given := self.str(name, default=""):
            if len(given) < 50:
                raise ImproperlyConfigured(f"{name} is too short. Set it to at least 50 random characters.")
            return given
        if not is_this_machine(hosts):
            raise ImproperlyConfigured(
                f"ALLOWED_HOSTS names more than this machine, and {name} is not set. "
                f"Set {name} (or {name}_FILE) to at least 50 random characters."
            )
        return kept_secret(folder / name.lower())

    def keys(self, name: str, *, hosts: list[str], folder: Path) -> str:
        """A key ring, "name:key,…"; on a machine of one's own a first key is made once and kept in `folder`."""
        given = self.str(name, default="")
        if given or is_this_machine(hosts):
            return given or kept_secret(folder / name.lower(), made=first_key)
        raise ImproperlyConfigured(f"{name} is not set. Set {name} (or {name}_FILE) to name:key, key made by {MAKE_KEY}.")


def first_key() -> str:
    """A key ring of one new key: 32 random bytes in URL-safe Base64."""
    return f"k1:{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}"


def kept_secret(path: Path, made: Callable[[], str] = lambda: secrets.token_urlsafe(64)) -> str:
    """The secret in `path`, made if it is not there; readable by its owner only. Of several processes one makes it, whole."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:
                file.write(made())
                file.flush()
                with suppress(FileExistsError):
                    os.link(file.name, path)
        return path.read_text(encoding="ascii")
    except OSError as fault:
        raise ImproperlyConfigured(
            f"{path} cannot be read or made: {fault.strerror}. Set VAR_DIR to a folder that is the site's own."
        ) from fault
