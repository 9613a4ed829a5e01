"""Columns that only the key ring can read: AES-256-GCM, bound to their row and column, and to how often the row was sealed.

A seal that stood in the same cell before opens no more: every save of a changed cell raises `seal_version`, under which all
cells of the row are sealed anew (docs/decisions/0063).
"""

import base64
import secrets
import uuid
from contextvars import ContextVar
from enum import Enum
from functools import cache
from typing import Any, ClassVar

from cryptography.exceptions import InvalidTag
from django.db import models, transaction

from foundation.privacy import keys


class Column(Enum):
    PLAIN = "says nothing about a person"
    PERSONAL = "sealed; erased when the retention period is over"
    INDEX = "keyed hash of something personal; erased with it"
    SECRET = "opens the family's page; sealed or hashed; erased with it"  # noqa: S105  a description


def classify(**names: str) -> dict[str, Column]:
    """The class of each column of a model: `classify(plain="id at", personal="words")`."""
    return {name: Column[kind.upper()] for kind, listed in names.items() for name in listed.split()}


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
    name, key = next(iter(keys.ring().items()))
    nonce = secrets.token_bytes(NONCE)
    closed = nonce + key.encrypt(nonce, plain.encode(), context.encode())
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


def unsealed(closed: Sealed, *, context: str) -> str | None:
    """The plain text; None where it does not open."""
    try:
        return unseal(closed, context=context)
    except keys.Unreadable:
        return None


class SealedModel(models.Model):
    """A row with sealed columns. `seal_id` is drawn once and binds them to the row before it has a number."""

    columns: ClassVar[dict[str, Column]] = {}  # the class of every column, by name
    unsaved_cells: frozenset[str] = frozenset()  # set since the row was read; their seals open in memory alone

    seal_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    seal_version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @classmethod
    @cache
    def sealed_fields(cls) -> list["SealedField"]:
        return [field for field in cls._meta.concrete_fields if isinstance(field, SealedField)]

    @classmethod
    def emptied(cls) -> dict[str, Any]:
        """For `update`: empties every column that says something about a person, readable or not. No seal of before opens again."""
        names = [name for name, column in cls.columns.items() if column is not Column.PLAIN]
        return dict.fromkeys(names, "") | {"seal_version": models.F("seal_version") + 1}

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        """Takes the sealed columns over as they stand: one that does not open stops nobody from working on the row.

        Those in memory come together, since they are of one version; what was set and not saved stays.
        """
        of_one_version = self._cells() | {"seal_version"}
        if fields is None:
            self.unsaved_cells = frozenset()
        elif of_one_version & {*fields}:
            fields = {*fields, "seal_version"} | (of_one_version & self.__dict__.keys()) - self.unsaved_cells
        token = _as_stored.set(True)
        try:
            super().refresh_from_db(using, fields, from_queryset)
        finally:
            _as_stored.reset(token)

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """A cell that was set is saved with all others of the row, as those stand in the database by then; else none is."""
        if self._state.adding:
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        wanted, later = self._cells_to_save(update_fields)
        columns = {*(self._loaded() if update_fields is None else update_fields)} - self._cells() - {"seal_version"}
        with transaction.atomic(savepoint=False):
            if wanted:
                columns |= self._cells() | {"seal_version"}
                self._seal_anew(wanted)
            is_new = self._state.adding and update_fields is None
            super().save(*args, update_fields=None if is_new else columns, **kwargs)
        self.__dict__.update(later)
        self.unsaved_cells = frozenset(later)

    @classmethod
    def _cells(cls) -> set[str]:
        return {field.attname for field in cls.sealed_fields()}

    def _loaded(self) -> set[str]:
        names = {field.attname for field in self._meta.concrete_fields if not field.primary_key}
        return names - self.get_deferred_fields()

    def _cells_to_save(self, update_fields: Any) -> tuple[frozenset[str], dict[str, Sealed]]:
        """Those that were set and are saved now, and those that were set and are not, as they are in memory."""
        wanted = self.unsaved_cells if update_fields is None else self.unsaved_cells & {*update_fields}
        return wanted, {name: self.__dict__[name] for name in self.unsaved_cells - wanted}

    def _seal_anew(self, wanted: frozenset[str]) -> None:
        """All cells under the next version; under the same one where a key is not known here, which could open nothing any more.

        A row that somebody deleted meanwhile is new.
        """
        row = type(self)._base_manager.select_for_update(no_key=True).filter(pk=self.pk).first()
        self._state.adding = row is None
        sources = {field: self if row is None or field.attname in wanted else row for field in self.sealed_fields()}
        opened = {field: field.opened_or_stored(source) for field, source in sources.items()}
        is_whole = all(field.has_key(source) for field, source in sources.items())
        self.seal_version = (row or self).seal_version + is_whole
        self.unsaved_cells = frozenset()
        for field, text in opened.items():
            sealed = text if isinstance(text, Sealed) or not text else seal(text, context=field.context(self))
            self.__dict__[field.attname] = Sealed(sealed)

    def unreadable(self) -> list[str]:
        """Names of the sealed columns that do not open: altered, moved from elsewhere, put back, or their key is gone."""
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
        """What is `Sealed` comes from the database."""
        name = self.field.attname
        if isinstance(value, Sealed):
            row.unsaved_cells -= {name}
        elif not row._state.adding:
            row.unsaved_cells |= {name}
        if value and not isinstance(value, Sealed):
            value = seal(value, context=self.field.context(row))
        row.__dict__[name] = Sealed(value or "")


class SealedField(models.TextField):
    """Text that the database cannot read. "" stays "", so that emptiness can be asked for; never NULL.

    Nothing but sealed text or "" reaches the database by any way (`save`, `bulk_create`, `update`, lookups): all else
    raises TypeError.
    """

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _Opening(self))

    def context(self, row: Any) -> str:
        return self.bound_to(row.seal_id, "unsaved" if self.attname in row.unsaved_cells else row.seal_version)

    def bound_to(self, seal_id: uuid.UUID, version: int | str) -> str:
        """Table, column, row and version: the context of a seal."""
        return f"{self.model._meta.db_table}.{self.column}.{seal_id}.{version}"

    def stored(self, row: Any) -> Sealed:
        if self.attname not in row.__dict__:
            row.refresh_from_db(fields=[self.attname])
        return row.__dict__[self.attname]

    def opens(self, row: Any) -> bool:
        closed = self.stored(row)
        return not closed or unsealed(closed, context=self.context(row)) is not None

    def has_key(self, row: Any) -> bool:
        closed = self.stored(row)
        return not closed or closed.key in keys.ring()

    def opened_or_stored(self, row: Any) -> str:
        """The plain text; what does not open as it is stored."""
        closed = self.stored(row)
        text = unsealed(closed, context=self.context(row))
        return closed if text is None else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return value if value is None else Sealed(value)

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
