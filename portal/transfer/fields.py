"""The types of what a thing has: how each is read from a content file and from a cell of a spreadsheet, and written."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from types import NoneType
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.prose import text
from foundation.prose.days import FIRST, LAST
from foundation.prose.foreign import sentences
from foundation.prose.text import LongTextField
from foundation.prose.typed import code
from portal.transfer.content_files import Album, Fault, Invalid, not_one_of
from portal.transfer.items import Item, find_linked, label
from portal.transfer.yaml_nodes import Keys, Node, Scalar, canonical, code_of, items_of, prose_of, text_of

NEEDED: Any = object()
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EMPTIED = "-"  # a cell that says: nothing


@dataclass(frozen=True)
class Field:
    """One key of a content file; "focus.across" stands below the key "focus".

    `name` is the model's field, if it is called otherwise. Without `default` the key is needed, below another key only where
    that is there. A relation is saved after its object. What is not `saved` is written by the kind in its own way. `when` tells
    of which objects the key is written, `what` it is called in a message if not as its kind.
    """

    is_relation: ClassVar[bool] = False
    empty: ClassVar[type] = NoneType  # of the value of a key that is not there

    key: str
    default: Any = NEEDED
    name: str = ""
    saved: bool = True
    when: Callable[[Any], bool] = lambda obj: True
    what: str = ""

    @property
    def attribute(self) -> str:
        return self.name or self.key.rpartition(".")[2]

    def read(self, keys: Keys, key: str, item: Item, *, needed: bool = True) -> None:
        """Puts the value into `item`, or a fault into its file."""
        node, what = keys.nodes.get(key), self.what or item.kind.what
        item.places[self.attribute] = (key, node.line if node else keys.line)
        item.values[self.attribute] = self.absent()
        if node:
            try:
                item.values[self.attribute] = self.parse(node, item)
            except Invalid as error:
                item.file.fault(error.line or node.line, f"{label(what, key)} {error}")
        elif self.default is NEEDED and needed:
            item.file.fault(keys.line, f"{what} needs the key '{key}'")

    def absent(self) -> Any:
        return self.empty() if self.default in (NEEDED, ()) else self.default

    def parse(self, node: Node, item: Item) -> Any:
        raise NotImplementedError

    def get(self, obj: Any) -> Any:
        """The value of an object, as `parse` would give it."""
        return getattr(obj, self.attribute)

    def agrees(self, item: Item, obj: Any) -> bool:
        return bool(item.values[self.attribute] == self.get(obj))

    def set(self, item: Item, obj: Any) -> None:
        setattr(obj, self.attribute, item.values[self.attribute])

    def dump(self, obj: Any, album: Album) -> Any:
        value = self.get(obj)
        is_absent = self.default is not NEEDED and value == self.absent()
        return None if is_absent or value in (None, "") else self.to_yaml(value)

    def to_yaml(self, value: Any) -> Any:
        return value

    def prefetch(self) -> list[str]:
        return []

    def losses(self, cell: str) -> list[str]:
        """Sentences on what the cell holds and the field cannot."""
        return []

    def from_cell(self, cell: str, model: Any) -> Any:
        """The value of a cell that is not empty. Raises Invalid, or ValidationError where the model's field does."""
        return "" if cell == EMPTIED else model._meta.get_field(self.attribute).to_python(cell)

    def to_cell(self, obj: Any) -> str:
        return str(getattr(obj, self.attribute))

    def put(self, obj: Any, value: Any) -> None:
        """The value of a cell into a row that is saved afterwards; of a relation, that was saved before."""
        if self.is_relation:
            getattr(obj, self.attribute).set(value)
        else:
            setattr(obj, self.attribute, value)


class Block(Field):
    """Plain text of any number of lines."""

    empty = str

    def parse(self, node: Node, item: Item) -> Any:
        value = prose_of(node)
        if not value and self.default is NEEDED:
            raise Invalid("has no value")
        return value

    def get(self, obj: Any) -> Any:
        return canonical(super().get(obj))


class Text(Block):
    """Plain text of one line."""

    def parse(self, node: Node, item: Item) -> Any:
        value = super().parse(node, item)
        if "\n" in value:
            raise Invalid("must be one line")
        return value

    def get(self, obj: Any) -> Any:
        return super().get(obj).replace("\n", " ")


class LongText(Field):
    """Markdown in the file, clean HTML in the field."""

    def parse(self, node: Node, item: Item) -> Any:
        found = text.convert_markdown(text_of(node))
        item.file.losses += [Fault(item.file.name, node.line, sentence) for sentence in sentences(found)]
        value = found.html
        if not value and self.default is NEEDED:
            raise Invalid("has no words")
        return value

    def get(self, obj: Any) -> Any:
        return text.clean(super().get(obj))

    def to_yaml(self, value: Any) -> Any:
        return text.to_markdown(value)

    def from_cell(self, cell: str, model: Any) -> Any:
        return "" if cell == EMPTIED else text.from_markdown(cell)

    def losses(self, cell: str) -> list[str]:
        return sentences(text.convert_markdown(cell))

    def to_cell(self, obj: Any) -> str:
        return text.to_markdown(getattr(obj, self.attribute))


@dataclass(frozen=True)
class Lines(Field):
    """A list of plain lines in the file, a text with one on each line in the field."""

    default: Any = ""
    most: int = 100

    def parse(self, node: Node, item: Item) -> Any:
        entries = items_of(node)
        if len(entries) > self.most:
            raise Invalid(f"has {len(entries)} entries; {self.most} is the most")
        lines = [(prose_of(entry), entry.line) for entry in entries]
        for line, number in lines:
            if not line or "\n" in line:
                raise Invalid("must hold entries of one line each", number)
        return "\n".join(line for line, _number in lines)

    def get(self, obj: Any) -> Any:
        return "\n".join(line.strip() for line in super().get(obj).splitlines() if line.strip())

    def to_yaml(self, value: Any) -> Any:
        return value.splitlines()


@dataclass(frozen=True)
class Choice(Field):
    """One word of a few; in a cell also by what people read for it."""

    choices: tuple[str, ...] = ()

    def parse(self, node: Node, item: Item) -> Any:
        word = code_of(node)
        if word not in self.choices:
            raise Invalid(not_one_of(word, self.choices))
        return word

    def from_cell(self, cell: str, model: Any) -> Any:
        labels = {value: str(label) for value, label in model._meta.get_field(self.attribute).flatchoices}
        word = code(cell).lower()
        found = next((value for value, label in labels.items() if word in {value.lower(), label.lower()}), None)
        if found is None:
            raise Invalid(_("write one of: %(words)s") % {"words": ", ".join(labels)})
        return found


class Flag(Field):
    """True or false; in a cell yes or no."""

    WORDS: ClassVar = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

    def parse(self, node: Node, item: Item) -> Any:
        if not isinstance(node, Scalar) or not node.bare or code_of(node) not in {"true", "false"}:
            raise Invalid("must be true or false")
        return code_of(node) == "true"

    def from_cell(self, cell: str, model: Any) -> Any:
        word = code(cell).lower()
        if word not in self.WORDS:
            raise Invalid(_("write yes or no"))
        return self.WORDS[word]

    def to_cell(self, obj: Any) -> str:
        return "yes" if getattr(obj, self.attribute) else "no"


class Number(Field):
    """A whole number, not negative. The model says how large it may be."""

    def parse(self, node: Node, item: Item) -> Any:
        if not re.fullmatch("[0-9]{1,9}", code_of(node)):
            raise Invalid("must be a whole number")
        return int(code_of(node))

    def from_cell(self, cell: str, model: Any) -> Any:
        if not re.fullmatch("[0-9]{1,5}", code(cell)):
            raise Invalid(_("write a whole number"))
        return int(code(cell))


class Day(Field):
    """A date; in a cell also as a spreadsheet in the United States turns it round."""

    def parse(self, node: Node, item: Item) -> Any:
        day = from_iso(date, r"\d{4}-\d\d-\d\d$", code_of(node))
        if day is None:
            raise Invalid(f"must be a date like 2026-03-09, of a year between {FIRST} and {LAST}")
        return day

    def from_cell(self, cell: str, model: Any) -> Any:
        written = code(cell)
        if written == EMPTIED:
            return None
        try:
            if "/" in written:
                return datetime.strptime(written, "%m/%d/%Y").date()  # noqa: DTZ007  a day has no zone
            return date.fromisoformat(written)
        except ValueError as error:
            raise Invalid(_("write the day like 2026-03-09 or 3/9/2026")) from error

    def to_cell(self, obj: Any) -> str:
        return str(getattr(obj, self.attribute) or "")


class Moment(Field):
    """A moment; without an offset in the site's time zone."""

    def parse(self, node: Node, item: Item) -> Any:
        moment = from_iso(datetime, r"\d{4}-\d\d-\d\dT\d\d:\d\d", code_of(node))
        if moment is None:
            raise Invalid("must be a moment like 2026-03-09T08:00:00-05:00")
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

    def to_yaml(self, value: Any) -> Any:
        return timezone.localtime(value)


class Clock(Field):
    def parse(self, node: Node, item: Item) -> Any:
        at = from_iso(time, r"\d\d:\d\d$", prose_of(node))
        if at is None:
            raise Invalid('must be a time like "09:00"')
        return at

    def to_yaml(self, value: Any) -> Any:
        return f"{value:%H:%M}"

    def from_cell(self, cell: str, model: Any) -> Any:
        """As people and spreadsheets write it: 9:00, 09:00:00, 1:30 pm."""
        written = code(cell).lower().replace(" ", "").replace(".", "")
        for pattern in ("%H:%M", "%H:%M:%S", "%I:%M%p", "%I%p"):
            try:
                return datetime.strptime(written, pattern).time()  # noqa: DTZ007  a clock has no zone
            except ValueError:
                continue
        raise Invalid(_("write the time like 9:00 or 1:30 pm"))

    def to_cell(self, obj: Any) -> str:
        return f"{self.get(obj):%H:%M}"


@dataclass(frozen=True)
class Links(Field):
    """Slugs of other objects, sorted. They are looked up when the object is written, for they may come in the same import."""

    is_relation: ClassVar[bool] = True
    empty: ClassVar[type] = list

    default: Any = ()

    def prefetch(self) -> list[str]:
        return [self.attribute]

    def parse(self, node: Node, item: Item) -> Any:
        lines: dict[str, int] = {}
        for entry in items_of(node):
            slug = code_of(entry)
            if slug in lines:
                raise Invalid(f"names '{slug}' twice", entry.line)
            lines[slug] = entry.line
        item.link_lines[self.attribute] = lines
        return sorted(lines)

    def get(self, obj: Any) -> Any:
        return sorted(other.slug for other in getattr(obj, self.attribute).all())

    def set(self, item: Item, obj: Any) -> None:
        manager = getattr(obj, self.attribute)
        manager.set(find_linked(item, self.attribute, manager.model))

    def from_cell(self, cell: str, model: Any) -> Any:
        """Rows that are there, by slugs with spaces or commas between them."""
        return self._named([] if cell == EMPTIED else re.split(r"[\s,;]+", code(cell)), model)

    def _named(self, slugs: list[str], model: Any) -> list[Any]:
        other = model._meta.get_field(self.attribute).related_model
        found = {row.slug: row for row in other._base_manager.filter(slug__in=slugs)}
        missing = [slug for slug in slugs if slug not in found]
        if missing:
            words = {"slug": missing[0], "kind": other._meta.verbose_name}
            raise Invalid(_("“%(slug)s” is no address of a %(kind)s") % words)
        return list(found.values())

    def to_cell(self, obj: Any) -> str:
        return " ".join(self.get(obj)) if obj.pk else ""


class Link(Links):
    """The slug of one other object, or none: a foreign key."""

    is_relation: ClassVar[bool] = False

    def parse(self, node: Node, item: Item) -> Any:
        slug = prose_of(node)
        item.link_lines[self.attribute] = {slug: node.line}
        return [slug]

    def get(self, obj: Any) -> Any:
        other = getattr(obj, self.attribute, None)  # a new row has none yet, though it needs one
        return [other.slug] if other else []

    def set(self, item: Item, obj: Any) -> None:
        found = find_linked(item, self.attribute, obj._meta.get_field(self.attribute).related_model)
        setattr(obj, self.attribute, found[0] if found else None)

    def to_yaml(self, value: Any) -> Any:
        return value[0]

    def from_cell(self, cell: str, model: Any) -> Any:
        return next(iter(self._named([] if cell == EMPTIED else [code(cell)], model)), None)

    def to_cell(self, obj: Any) -> str:
        return " ".join(self.get(obj))


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
        return Choice(key, default, name, choices=tuple(str(value) for value, _label in column.choices))
    return next(own for django, own in TYPES.items() if isinstance(column, django))(key, default, name)


def from_iso(kind: Any, pattern: str, written: str) -> Any:
    """A date, moment or time of our age that is written as `pattern`, else None."""
    try:
        value = kind.fromisoformat(written) if re.match(pattern, written, re.ASCII) else None
    except ValueError:
        return None
    return value if kind is time or (value and FIRST <= value.year <= LAST) else None
