"""One description of each kind of thing: its fields, how a row of it is found, and what hangs below it.

From it content files are read, checked, compared, saved and written; spreadsheets use its fields.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models

from foundation.prose.text import LongTextField
from portal.transfer.content_files import Album, ContentFile, not_one_of
from portal.transfer.fields import (
    NEEDED,
    Block,
    Choice,
    Clock,
    Day,
    Field,
    Flag,
    Link,
    Links,
    LongText,
    Moment,
    Number,
    Text,
    items_of,
)
from portal.transfer.items import Item, Run, not_found, save
from portal.transfer.yaml_nodes import Keys, Node

TYPES: dict[type[Any], type[Field]] = {  # the first that fits
    LongTextField: LongText,
    models.TextField: Block,
    models.CharField: Text,
    models.BooleanField: Flag,
    models.IntegerField: Number,
    models.DateTimeField: Moment,
    models.DateField: Day,
    models.TimeField: Clock,
    models.ManyToManyField: Links,
    models.ForeignKey: Link,
}


def field_of(model: Any, key: str) -> Field:
    """The field as the model describes it. A key may be called otherwise than the model's field: "text=body"."""
    key, _equals, name = key.partition("=")
    column = model._meta.get_field(name or key)
    if column.is_relation:
        default: Any = ()
    elif column.has_default():
        default = column.default
    else:
        default = NEEDED if not column.blank else None if column.null else ""
    if column.choices:
        return Choice(key, default, name, tuple(str(value) for value, _label in column.choices))
    return next(own for django, own in TYPES.items() if isinstance(column, django))(key, default, name)


class OwnLink(NamedTuple):
    """One file names another of its folder."""

    key: str
    slug: str
    line: int


class Linked(NamedTuple):
    """A file with what it names in its own folder; `row` tells which row of the site it is about."""

    file: ContentFile
    row: str
    links: list[OwnLink]


@dataclass(eq=False)
class Kind:
    """`what` is it in a message. `keys` stand in the order in which they are written: a name is `field_of` the model.

    Kinds with a `folder` have files of their own, each with one object that is named by its slug. Where files may name each
    other (`names_its_own`), those links are made once all of them are written.
    """

    names_its_own: ClassVar[bool] = False
    picture_columns: ClassVar = ("picture", "picture_width", "picture_height")

    what: str
    model: Any
    keys: Sequence[str | Field]
    folder: str = ""

    def __post_init__(self) -> None:
        self.fields = [field_of(self.model, key) if isinstance(key, str) else key for key in self.keys]

    def read(self, node: Node, file: ContentFile) -> Item:
        """Every key that may stand here; faults are noted in `file`."""
        before = len(file.faults)
        keys = read_keys(file, node, [f.key for f in self.fields if f.key], self.what)
        item = Item(self, file, node.line)
        for each in self.fields:
            each.read(keys, item)
        if keys is not node:
            del file.faults[before + 1 :]  # that it has no keys at all says enough
        if self.model and len(file.faults) == before:
            self._check(item)
        return item

    def _check(self, item: Item) -> None:
        """Fields one by one, each as the model would store it; what needs the database is asked when it is written."""
        concrete = {f.name for f in self.model._meta.concrete_fields}
        given = {f.name for f in self.model._meta.concrete_fields if not f.is_relation and f.name in item.values}
        candidate = self.model(**{name: item.values[name] for name in given})
        try:
            candidate.clean_fields(exclude=concrete - given)
            candidate.clean()
        except ValidationError as error:
            item.refuse(error)
        item.values |= {name: getattr(candidate, name) for name in given}

    def agrees(self, item: Item, obj: Any, besides: Sequence[str] = ()) -> bool:
        """Whether the object, with what hangs below it, is as the file says, `besides` some fields."""
        return all(f.agrees(item, obj) for f in self.fields if f.attribute not in besides)

    def dump(self, obj: Any, album: Album) -> dict[str, Any]:
        """An object as it is written, defaults left out."""
        return dump_fields(self.fields, obj, album)

    def prefetch(self) -> list[str]:
        return [path for f in self.fields for path in f.prefetch()]

    def find(self, item: Item) -> Any:
        """The row with this slug, or a new one."""
        return self.model.objects.filter(slug=item.file.slug).first() or self.model(slug=item.file.slug)

    def parts(self, item: Item, run: Run) -> list[Callable[[], None]]:
        """What is committed by itself, since nobody may be held up for long: the whole file, where that is soon done."""
        return [partial(self.write, item, run)]

    def write(self, item: Item, run: Run) -> None:
        """Brings the site to what the file says. Raises Rejected."""
        run.save(item, self.find(item))

    def own_links(self, item: Item) -> list[OwnLink]:
        """What a file names in its own folder."""
        return []

    def row_name(self, item: Item) -> str:
        """Tells which row of the site a file is about."""
        return item.file.slug

    def not_found(self, key: str, slug: str) -> str:
        return not_found(key, slug)

    def link_steps(self, files: list[Linked], run: Run) -> Iterator[tuple[ContentFile, Callable[[], None]]]:
        """The making of those links, a file at a time."""
        return iter(())

    def export(self) -> Iterator[tuple[str, dict[str, Any], Album]]:
        """(name without ending, content, pictures) of each file."""
        for obj in self.model.objects.order_by("slug").prefetch_related(*self.prefetch()).iterator(chunk_size=50):
            album = Album(obj.slug)
            yield obj.slug, self.dump(obj, album), album


def read_keys(file: ContentFile, node: Node, allowed: Sequence[str], what: str) -> Keys:
    """`node` as keys and values; every key outside `allowed` is a fault."""
    if not isinstance(node, Keys):
        file.fault(node.line, f"{what} must be keys and values, like 'name: …'")
        return Keys(node.line, {})
    for key, value in node.nodes.items():
        if key not in allowed:
            file.fault(value.line, f"{what} key {not_one_of(key, allowed)}")
    return node


def dump_fields(fields: Sequence[Field], obj: Any, album: Album) -> dict[str, Any]:
    pairs = ((f.key, f.dump(obj, album)) for f in fields)
    return {key: value for key, value in pairs if value is not None}


@dataclass(frozen=True, kw_only=True)
class Rows(Field):
    """A list of items of another kind, which a file replaces. `sort`: the order of the file and the site, if one is free."""

    is_relation: ClassVar[bool] = True

    default: Any = ()
    kind: Kind
    sort: tuple[str, ...] = ()

    def read(self, keys: Keys, item: Item) -> None:
        super().read(keys, item)
        below = item.values[self.attribute] or ()
        item.values[self.attribute] = sorted(below, key=lambda each: [str(each.values[name]) for name in self.sort])

    def parse(self, node: Node, item: Item) -> Any:
        return [self.kind.read(entry, item.file) for entry in items_of(node)]

    def agrees(self, item: Item, obj: Any) -> bool:
        below, rows = item.values[self.attribute], list(getattr(obj, self.attribute).all())
        return len(below) == len(rows) and all(map(self.kind.agrees, below, rows))

    def assign(self, item: Item, obj: Any) -> None:
        manager = getattr(obj, self.attribute)
        manager.all().delete()
        for order, each in enumerate(item.values[self.attribute]):
            row = manager.model(**{manager.field.name: obj})
            if hasattr(row, "order"):
                row.order = order
            save(each, row)

    def rows(self, obj: Any) -> list[Any]:
        """In the order of the file."""
        return sorted(getattr(obj, self.attribute).all(), key=lambda row: [str(getattr(row, name)) for name in self.sort])

    def dump(self, obj: Any, album: Album) -> Any:
        found = [self.kind.dump(row, album) for row in self.rows(obj)]
        return found if found or self.default is NEEDED else None

    def prefetch(self) -> list[str]:
        return [self.attribute, *(f"{self.attribute}__{path}" for path in self.kind.prefetch())]


@dataclass(frozen=True)
class Group(Field):
    """Keys below a key that belong to the same object."""

    default: Any = None
    keys: tuple[Field, ...] = ()

    def read(self, keys: Keys, item: Item) -> None:
        """Without the group, every key in it has its default."""
        node = keys.nodes.get(self.key)
        inner = read_keys(item.file, node, [f.key for f in self.keys], self.key) if node else Keys(keys.line, {})
        for each in self.keys:
            each.read(inner, item)

    def facts(self, obj: Any) -> dict[str, Any]:
        return {name: value for f in self.keys for name, value in f.facts(obj).items()}

    def dump(self, obj: Any, album: Album) -> Any:
        return dump_fields(self.keys, obj, album) or None


class PictureFile(Text):
    """The picture beside the file; the names of what is stored come with `Item.store_pictures`."""

    def read(self, keys: Keys, item: Item) -> None:
        super().read(keys, item)
        item.picture = item.values.pop(self.attribute)

    def parse(self, node: Node, item: Item) -> Any:
        return item.file.picture(super().parse(node, item))

    def facts(self, obj: Any) -> dict[str, Any]:
        """The stored picture is named after its content, so the name is enough to compare."""
        return {name: getattr(obj, name) for name in Kind.picture_columns}


@dataclass(frozen=True)
class Picture(Group):
    """A picture with the words for those who cannot see it, or none. `part`: the field that tells which part of a page it is of."""

    key: str = "picture"
    keys: tuple[Field, ...] = (PictureFile("file"), Text("alt", name="picture_alt"), Text("caption", "", "picture_caption"))
    part: str = ""

    def read(self, keys: Keys, item: Item) -> None:
        item.values |= {"picture": "", "picture_width": 0, "picture_height": 0, "picture_alt": "", "picture_caption": ""}
        node = keys.nodes.get(self.key)
        if isinstance(node, Keys):
            super().read(keys, item)
        elif node:
            read_keys(item.file, node, (), self.key)

    def dump(self, obj: Any, album: Album) -> Any:
        if not obj.picture:
            return None
        file = album.name(obj.picture, getattr(obj, self.part) if self.part else "")
        return {"file": file} | dump_fields(self.keys[1:], obj, album)


@dataclass(frozen=True, kw_only=True)
class One(Field):
    """An item of another kind that is there or not, as a list of one or none; `when` tells whether an object has it."""

    default: Any = None
    kind: Kind
    when: Callable[[Any], bool]

    def read(self, keys: Keys, item: Item) -> None:
        node = keys.nodes.get(self.key)
        item.places[self.attribute] = (self.key, node.line if node else keys.line)
        item.values[self.attribute] = [self.kind.read(node, item.file)] if node else []

    def facts(self, obj: Any) -> dict[str, Any]:
        return {}

    def dump(self, obj: Any, album: Album) -> Any:
        return self.kind.dump(obj, album) if self.when(obj) else None

    def prefetch(self) -> list[str]:
        return self.kind.prefetch()
