"""One description of each kind of thing: its fields, how a row of it is found, and what hangs below it.

From it content files are read, checked, compared, saved and written; spreadsheets use its fields.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError

from portal.transfer.content_files import Album, ContentFile, not_one_of
from portal.transfer.fields import NEEDED, Field, Text, field_of
from portal.transfer.items import Item, Run, not_found, save
from portal.transfer.yaml_nodes import Keys, Node, items_of


class Linked(NamedTuple):
    """A file with what it names in its own folder: by key, slugs with their lines. `row` tells which row of the site it is about."""

    file: ContentFile
    row: str
    links: dict[str, dict[str, int]]


@dataclass(eq=False)
class Kind:
    """`what` is it in a message. `keys` stand in the order in which they are written: a name is `field_of` the model.

    Kinds with a `folder` have files of their own, each with one object that is named by its slug. By `own_keys` files name others
    of their folder; those links are made once all of them are written.
    """

    own_keys: ClassVar[tuple[str, ...]] = ()
    picture_columns: ClassVar = ("picture", "picture_width", "picture_height")

    what: str
    model: Any
    keys: Sequence[str | Field]
    folder: str = ""

    def __post_init__(self) -> None:
        self.fields = [field_of(self.model, key) if isinstance(key, str) else key for key in self.keys]
        self.groups: dict[str, list[Field]] = {}  # by the key that stands above, "" for none
        for each in self.fields:
            if each.key:
                self.groups.setdefault(each.key.rpartition(".")[0], []).append(each)

    def read(self, node: Node, file: ContentFile) -> Item:
        """Every key that may stand here; faults are noted in `file`."""
        before = len(file.faults)
        names = dict.fromkeys(f.key.partition(".")[0] for f in self.fields if f.key)
        keys = read_keys(file, node, list(names), self.what)
        item = Item(self, file, node.line)
        for group in self.groups:
            if group:
                self._read_group(group, keys, item)
            else:
                for each in self.groups[""]:
                    each.read(keys, each.key, item)
        if keys is not node:
            del file.faults[before + 1 :]  # that it has no keys at all says enough
        if self.model and len(file.faults) == before:
            self._check(item)
        return item

    def _read_group(self, group: str, keys: Keys, item: Item) -> None:
        """The fields below a key."""
        node = keys.nodes.get(group)
        own = {each.key.removeprefix(f"{group}."): each for each in self.groups[group]}
        below = read_keys(item.file, node, list(own), group) if node else Keys(keys.line, {})
        item.places[group] = (group, below.line)
        for key, each in own.items():
            each.read(below, key, item, needed=below is node)

    def _check(self, item: Item) -> None:
        """Fields one by one, each as the model would store it; what needs the database is asked when it is written."""
        columns = {f.name for f in self.model._meta.concrete_fields}
        plain = {f.name for f in self.model._meta.concrete_fields if not f.is_relation}
        given = {f.attribute for f in self.fields if f.saved} & plain & item.values.keys()
        candidate = self.model(**{name: item.values[name] for name in given})
        try:
            candidate.clean_fields(exclude=columns - given)
            candidate.clean()
        except ValidationError as error:
            item.refuse(error)
        item.values |= {name: getattr(candidate, name) for name in given}

    def agrees(self, item: Item, obj: Any, besides: Sequence[str] = ()) -> bool:
        """Whether the object, with what hangs below it, is as the file says, `besides` some fields."""
        return all(f.agrees(item, obj) for f in self.fields if f.saved and f.attribute not in besides)

    def dump(self, obj: Any, album: Album) -> dict[str, Any]:
        """Defaults are left out."""
        data: dict[str, Any] = {}
        for each in self.fields:
            group, _dot, key = each.key.rpartition(".")
            value = each.dump(obj, album) if key and each.when(obj) else None
            if value is not None:
                (data.setdefault(group, {}) if group else data)[key] = value
        return data

    def prefetch(self) -> list[str]:
        return [path for f in self.fields for path in f.prefetch()]

    def find(self, item: Item) -> Any:
        return self.model.objects.filter(slug=item.file.slug).first() or self.model(slug=item.file.slug)

    def parts(self, item: Item, run: Run) -> list[Callable[[], None]]:
        """What is committed by itself, since nobody may be held up for long: the whole file, where that is soon done."""
        return [partial(self.write, item, run)]

    def write(self, item: Item, run: Run) -> None:
        run.save(item, self.find(item))

    def row_name(self, item: Item) -> str:
        return item.file.slug

    def link_steps(self, files: list[Linked], run: Run) -> Iterator[tuple[ContentFile, Callable[[], None]]]:
        """The making of links within the folder, a file at a time."""
        return iter(())

    def not_found(self, key: str, slug: str) -> str:
        return not_found(key, slug)

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


@dataclass(frozen=True, kw_only=True)
class Rows(Field):
    """A list of items of another kind, which a file replaces. `sort`: the order of the file and the site, if one is free."""

    is_relation: ClassVar[bool] = True
    empty: ClassVar[type] = list

    default: Any = ()
    kind: Kind
    sort: tuple[str, ...] = ()

    def parse(self, node: Node, item: Item) -> Any:
        below = self.parse_items(node, item)
        return sorted(below, key=lambda each: [str(each.values[name]) for name in self.sort])

    def parse_items(self, node: Node, item: Item) -> list[Item]:
        return [self.kind.read(entry, item.file) for entry in items_of(node)]

    def get(self, obj: Any) -> Any:
        return sorted(getattr(obj, self.attribute).all(), key=lambda row: [str(getattr(row, name)) for name in self.sort])

    def agrees(self, item: Item, obj: Any) -> bool:
        below, rows = item.values[self.attribute], self.get(obj)
        return len(below) == len(rows) and all(map(self.kind.agrees, below, rows))

    def set(self, item: Item, obj: Any) -> None:
        manager = getattr(obj, self.attribute)
        manager.all().delete()
        for order, each in enumerate(item.values[self.attribute]):
            row = manager.model(**{manager.field.name: obj})
            if hasattr(row, "order"):
                row.order = order
            save(each, row)

    def dump(self, obj: Any, album: Album) -> Any:
        found = [self.kind.dump(row, album) for row in self.get(obj)]
        return found if found or self.default is NEEDED else None

    def prefetch(self) -> list[str]:
        return [self.attribute, *(f"{self.attribute}__{path}" for path in self.kind.prefetch())]


class BulkRows(Rows):
    """Rows of which only their siblings can say that they may not be, written all at once."""

    def parse(self, node: Node, item: Item) -> Any:
        below = super().parse(node, item)
        for constraint in self.kind.model._meta.constraints:
            if constraint.condition is None:
                self._refuse_twins(below, constraint)
        return below

    def _refuse_twins(self, below: list[Item], constraint: Any) -> None:
        """In the words of the model."""
        own_words = constraint.violation_error_message != constraint.default_violation_error_message
        usual_words = self.kind.model().unique_error_message(self.kind.model, constraint.fields)
        seen = []
        for each in below:
            values = [each.values.get(name) for name in constraint.fields]
            if values in seen:
                each.refuse(ValidationError(constraint.violation_error_message if own_words else usual_words))
            seen.append(values)

    def set(self, item: Item, obj: Any) -> None:
        manager = getattr(obj, self.attribute)
        manager.all().delete()
        rows = [manager.model(**{manager.field.name: obj}) for _each in item.values[self.attribute]]
        for each, row in zip(item.values[self.attribute], rows, strict=True):
            for column in self.kind.fields:
                column.set(each, row)
        manager.bulk_create(rows)


@dataclass(frozen=True, kw_only=True)
class Translations(Field):
    """The words of a `Translated` row in other languages: below the code of each the keys that they have in the first one."""

    empty: ClassVar[type] = dict

    default: Any = ()
    kind: Kind
    model: Any

    def parse(self, node: Node, item: Item) -> Any:
        others = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        by_language = read_keys(item.file, node, others, "translations").nodes
        found = {code: self.kind.read(below, item.file) for code, below in by_language.items()}
        return {code: self._words(below) for code, below in found.items()}

    def _words(self, below: Item) -> dict[str, str]:
        """Those that are given, each checked as its field is, and its faults told at its own line."""
        words = {name: text for name, text in below.values.items() if text}
        for name, text in words.items():
            try:
                self.model._meta.get_field(name).run_validators(text)
            except ValidationError as error:
                below.refuse(ValidationError({name: error}))
        return words

    def dump(self, obj: Any, album: Album) -> Any:
        empty = dict.fromkeys([each.attribute for each in self.kind.fields], "")
        rows = {code: SimpleNamespace(**empty | words) for code, words in sorted(obj.translations.items())}
        return {code: self.kind.dump(row, album) for code, row in rows.items()} or None


@dataclass(frozen=True, kw_only=True)
class TranslatedCell(Field):
    """A column of a spreadsheet with what another one says in one more language: “name_es” beside “name”."""

    own: Field
    language: str

    def losses(self, cell: str) -> list[str]:
        return self.own.losses(cell)

    def from_cell(self, cell: str, model: Any) -> Any:
        return self.own.from_cell(cell, model)

    def to_cell(self, obj: Any) -> str:
        name = self.own.attribute
        return self.own.to_cell(SimpleNamespace(**{name: obj.translations.get(self.language, {}).get(name, "")}))

    def put(self, obj: Any, value: Any) -> None:
        words = obj.translations.get(self.language, {}) | {self.own.attribute: value}
        obj.translations = obj.translations | {self.language: words}


def translations(model: Any, *others: Field) -> Translations:
    """`others` are fields that are not written as the model has them."""
    own = {each.key: each for each in others}
    fields = [replace(own.get(name) or field_of(model, name), default="") for name in model.translated]
    return Translations(key="translations", kind=Kind("translation", None, fields), model=model)


@dataclass(frozen=True)
class PictureFile(Text):
    """A picture beside the file. What is stored gets its name of its content, so that the name is enough to compare."""

    part: str = ""  # the field that tells which part of a page it is of

    def parse(self, node: Node, item: Item) -> Any:
        item.picture = item.file.picture(super().parse(node, item))
        return ""  # until it is stored

    def get(self, obj: Any) -> Any:
        return obj.picture

    def set(self, item: Item, obj: Any) -> None:
        for name in Kind.picture_columns:
            setattr(obj, name, item.values.get(name, 0))

    def dump(self, obj: Any, album: Album) -> Any:
        return album.name(obj.picture, getattr(obj, self.part) if self.part else "")


def picture(key: str = "picture", part: str = "") -> list[Field]:
    """A picture with the words for those who cannot see it, or none."""
    return [
        PictureFile(f"{key}.file", name="picture", part=part, when=has_picture),
        Text(f"{key}.alt", name="picture_alt", when=has_picture),
        Text(f"{key}.caption", "", "picture_caption", when=has_picture),
    ]


def has_picture(obj: Any) -> bool:
    return bool(obj.picture)
