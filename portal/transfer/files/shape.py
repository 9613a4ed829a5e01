"""What a content file may hold, as tables of keys: one table reads, checks and writes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from foundation.pictures import images
from foundation.prose.typed import code, prose
from portal.transfer.files.check import File, Wrong
from portal.transfer.files.files import Album
from portal.transfer.files.marks import Items, Keys, Node, Scalar

NEEDED: Any = object()


@dataclass
class Row:
    """What a file says of one object: its fields, the slugs it links to (with their lines), and the rows below it."""

    shape: "Shape"
    file: File
    line: int
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)  # of a field: its key and line
    links: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    rows: dict[str, list["Row"]] = field(default_factory=dict)
    picture: Path | None = None

    def fault(self, sentence: str, field_name: str = "") -> None:
        """Notes a fault at the line of a field, else of the whole."""
        self.file.fault(self.places.get(field_name, ("", self.line))[1], sentence)

    def called(self, key: str) -> str:
        """A key in a message."""
        return key if key == self.shape.what else f"{self.shape.what} {key}"

    def refuse(self, error: ValidationError) -> None:
        """Notes what a model objects to, each at the line of its field."""
        by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, messages in by_field.items():
            key, line = self.places.get(name, ("", self.line))
            for message in messages:
                self.file.fault(line, f"{self.called(key) if key else self.shape.what}: {message}")

    @cached_property
    def final(self) -> dict[str, Any]:
        """The values with the picture, which is put into the store for it."""
        if not self.picture:
            return self.values
        name, width, height = images.store(self.picture.read_bytes())
        return self.values | {"picture": name, "picture_width": width, "picture_height": height}

    def store_pictures(self) -> None:
        """With their crops; those of the rows below as well. Raises ValidationError."""
        if self.picture:
            focus = self.values.get("focus_x", 50), self.values.get("focus_y", 50)
            for shape in (images.CARD, images.WIDE):
                images.crop(self.final["picture"], shape, focus)
        for row in chain.from_iterable(self.rows.values()):
            row.store_pictures()


@dataclass(frozen=True)
class Shape:
    """The keys of one kind of mapping, in the order in which they are written. `what` is it in a message."""

    what: str
    model: type[models.Model] | None
    keys: tuple["Key", ...]

    def read(self, node: Node, file: File) -> Row:
        """Every key that may stand here, taken; faults are noted in `file`."""
        before = len(file.faults)
        known = file.keys(node, [key.key for key in self.keys if key.key], self.what)
        row = Row(self, file, node.line)
        for key in self.keys:
            key.read(known, row)
        if known is not node:
            del file.faults[before + 1 :]  # that it has no keys at all says enough
        if self.model and len(file.faults) == before:
            self._check(self.model, row)
        return row

    def _check(self, model: type[models.Model], row: Row) -> None:
        """Fields one by one, each as the model would store it; what needs the database is asked when it is written."""
        concrete = {f.name for f in model._meta.concrete_fields}
        given = {name: value for name, value in row.values.items() if name in concrete}
        candidate = model(**given)
        try:
            candidate.clean_fields(exclude=concrete - set(given))
            candidate.clean()
        except ValidationError as error:
            row.refuse(error)
        row.values |= {name: getattr(candidate, name) for name in given}

    def stored(self, obj: models.Model) -> dict[str, Any]:
        """An object's fields as a file would give them, to compare with `Row.values`."""
        return {name: value for key in self.keys for name, value in key.stored(obj).items()}

    def data(self, obj: models.Model, album: Album) -> dict[str, Any]:
        """An object as it is written, defaults left out."""
        return said(self.keys, obj, album)


@dataclass(frozen=True)
class Key:
    """One key. `name`: the field, if it is called otherwise. A key without `default` is needed."""

    key: str
    default: Any = NEEDED
    name: str = ""

    @property
    def field(self) -> str:
        """The field of the model."""
        return self.name or self.key

    def read(self, node: Keys, row: Row) -> None:
        """Puts the value into `row`, or a fault into its file."""
        given = node.nodes.get(self.key)
        row.places[self.field] = (self.key, given.line if given else node.line)
        row.values[self.field] = None if self.default is NEEDED else self.default
        if given is None:
            if self.default is NEEDED:
                row.file.fault(node.line, f"{row.shape.what} needs the key '{self.key}'")
            return
        try:
            row.values[self.field] = self.taken(given, row)
        except Wrong as wrong:
            row.file.fault(wrong.line or given.line, f"{row.called(self.key)} {wrong}")

    def taken(self, node: Node, row: Row) -> Any:
        """The value in its final type. Raises Wrong."""
        raise NotImplementedError

    def stored(self, obj: Any) -> dict[str, Any]:
        """What `read` would put into a row for this object."""
        return {self.field: self.value(obj)}

    def value(self, obj: Any) -> Any:
        """The field of an object, in canonical form."""
        return getattr(obj, self.field)

    def data(self, obj: Any, album: Album) -> Any:
        """What the file says; None to leave the key out."""
        value = self.value(obj)
        return None if value == self.default else self.written(value)

    def written(self, value: Any) -> Any:
        """A value as YAML will hold it."""
        return value


def said(keys: Iterable[Key], obj: Any, album: Album) -> dict[str, Any]:
    """What these keys say of an object, defaults left out."""
    pairs = ((key.key, key.data(obj, album)) for key in keys)
    return {key: value for key, value in pairs if value is not None}


def words(node: Node) -> str:
    """A scalar's text in canonical form. Raises Wrong as `exact` does."""
    return canonical(exact(node))


def sign(node: Node) -> str:
    """A scalar that is no prose: a number, a day, a slug, a word of a few."""
    return code(exact(node))


def exact(node: Node) -> str:
    """A scalar's text. Raises Wrong for a list, for keys, and for nothing at all."""
    if not isinstance(node, Scalar):
        raise Wrong("must be a single value, not a list and not keys", node.line)
    if node.bare and node.text in {"", "~", "null"}:
        raise Wrong("has no value; give one or leave the key out", node.line)
    return node.text


def items(node: Node) -> list[Node]:
    """The members of a list. Raises Wrong if it is none."""
    if not isinstance(node, Items):
        raise Wrong("must be a list", node.line)
    return node.nodes


def canonical(value: str) -> str:
    """One kind of line end, no space at the ends of lines, none around the whole."""
    return "\n".join(line.rstrip() for line in prose(value).splitlines()).strip()
