"""Columns that only the key ring can read: AES-256-GCM, bound to their row and column."""

import base64
import secrets
import uuid
from contextvars import ContextVar
from typing import Any, ClassVar

from cryptography.exceptions import InvalidTag
from django.db import models

from foundation.privacy import keys
from foundation.privacy.columns import Column

NONCE = 12  # bytes, as NIST SP 800-38D advises for GCM
_as_stored = ContextVar("as_stored", default=False)  # while a row is copied, nothing is opened


class Sealed(str):
    """A column's content as stored: `key name.Base64(nonce + ciphertext)`."""

    __slots__ = ()

    @property
    def key(self) -> str:
        return self.partition(".")[0]


def seal(plain: str, *, context: str) -> Sealed:
    """`plain` under the current key; opens only with the same `context`."""
    name, nonce = keys.current(), secrets.token_bytes(NONCE)
    closed = nonce + keys.ring()[name].encrypt(nonce, plain.encode(), context.encode())
    return Sealed(f"{name}.{base64.urlsafe_b64encode(closed).decode()}")


def unseal(closed: Sealed, *, context: str) -> str:
    """The plain text. Raises Unreadable if a byte, the row, the column or the key is another."""
    name, _dot, content = closed.partition(".")
    try:
        raw = base64.urlsafe_b64decode(content)
        if base64.urlsafe_b64encode(raw).decode() != content:  # Base64 has several spellings of some bytes; we write one
            raise keys.Unreadable(context)
        return keys.ring()[name].decrypt(raw[:NONCE], raw[NONCE:], context.encode()).decode()
    except (KeyError, InvalidTag, ValueError) as error:
        raise keys.Unreadable(context) from error


class SealedModel(models.Model):
    """A row with sealed columns. `seal_id` is drawn once and binds them to the row before it has a number."""

    columns: ClassVar[dict[str, Column]] = {}  # the class of every column, by name

    seal_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def sealed_fields(cls) -> list["SealedField"]:
        return [field for field in cls._meta.concrete_fields if isinstance(field, SealedField)]

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Takes the sealed columns over as they stand: one that does not open stops nobody from working on the row."""
        token = _as_stored.set(True)
        try:
            super().refresh_from_db(*args, **kwargs)
        finally:
            _as_stored.reset(token)

    def erase(self) -> None:
        """Empties every column that says something about a person, readable or not. Saves."""
        emptied = [name for name, column in self.columns.items() if column is not Column.PLAIN]
        for name in emptied:
            setattr(self, name, "")
        self.save(update_fields=emptied)

    def unreadable(self) -> list[str]:
        """Names of the sealed columns that do not open: altered, moved from elsewhere, or their key is gone."""
        return [field.name for field in self.sealed_fields() if not field.opens(self)]


class _Opening:
    """Seals what is set at once, and opens it when somebody asks: the row itself never carries the plain text."""

    def __init__(self, field: "SealedField") -> None:
        self.field = field

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        closed = self.field.stored(row)
        return closed if _as_stored.get() or not closed else unseal(closed, context=self.field.context(row))

    def __set__(self, row: Any, value: str | None) -> None:
        if value and not isinstance(value, Sealed):
            value = seal(value, context=self.field.context(row))
        row.__dict__[self.field.attname] = value or ""


class SealedField(models.TextField):
    """Text that the database cannot read. "" stays "", so that emptiness can be asked for; never NULL.

    Nothing but sealed text or "" reaches the database by any way (`save`, `bulk_create`, `update`, lookups): all else
    raises TypeError.
    """

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _Opening(self))

    def context(self, row: Any) -> str:
        """Table, column and row: what the seal is bound to."""
        return f"{self.model._meta.db_table}.{self.column}.{row.seal_id}"

    def stored(self, row: Any) -> Sealed:
        if self.attname not in row.__dict__:
            row.refresh_from_db(fields=[self.attname])
        return row.__dict__[self.attname]

    def opens(self, row: Any) -> bool:
        try:
            getattr(row, self.attname)
        except keys.Unreadable:
            return False
        return True

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return Sealed(value) if value else value

    def pre_save(self, model_instance: Any, add: bool) -> Sealed:
        return self.stored(model_instance)

    def get_prep_value(self, value: Any) -> Any:
        if value and not isinstance(value, Sealed):
            raise TypeError(f"{self} is sealed: set it on a row and save that.")
        return value

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        if hasattr(value, "as_sql"):
            raise TypeError(f"{self} is sealed: no expression can be stored in it.")
        return "%s"

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name in {"exact", "in", "isnull"} else None
