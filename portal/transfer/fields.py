"""The types of what a thing has: how each is read from a content file and from a cell of a spreadsheet, compared and written."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.prose import text
from foundation.prose.days import FIRST, LAST
from foundation.prose.typed import code, prose
from portal.transfer.content_files import Album, Invalid, not_one_of
from portal.transfer.items import Item, find_linked
from portal.transfer.yaml_nodes import Items, Keys, Node, Scalar

NEEDED: Any = object()
EMPTIED = "-"  # a cell that says: nothing


@dataclass(frozen=True)
class Field:
    """One key. `name` is the model's field, if it is called otherwise. Without `default` the key is needed.

    A relation is saved after its object.
    """

    is_relation: ClassVar[bool] = False

    key: str
    default: Any = NEEDED
    name: str = ""

    @property
    def attribute(self) -> str:
        return self.name or self.key

    def read(self, keys: Keys, item: Item) -> None:
        """Puts the value into `item`, or a fault into its file."""
        node = keys.nodes.get(self.key)
        item.places[self.attribute] = (self.key, node.line if node else keys.line)
        item.values[self.attribute] = None if self.default is NEEDED else self.default
        if node is None:
            if self.default is NEEDED:
                item.file.fault(keys.line, f"{item.kind.what} needs the key '{self.key}'")
            return
        try:
            item.values[self.attribute] = self.parse(node, item)
        except Invalid as error:
            item.file.fault(error.line or node.line, f"{item.label(self.key)} {error}")

    def parse(self, node: Node, item: Item) -> Any:
        """The value in its final type. Raises Invalid."""
        raise NotImplementedError

    def facts(self, obj: Any) -> dict[str, Any]:
        """What `read` would put into an item for this object."""
        return {self.attribute: self.value(obj)}

    def value(self, obj: Any) -> Any:
        return getattr(obj, self.attribute)

    def agrees(self, item: Item, obj: Any) -> bool:
        """Whether the object is as the file says."""
        return all(item.values[name] == value for name, value in self.facts(obj).items())

    def assign(self, item: Item, obj: Any) -> None:
        for name in self.facts(obj):
            setattr(obj, name, item.values[name])

    def dump(self, obj: Any, album: Album) -> Any:
        """What the file says; None to leave the key out."""
        value = self.value(obj)
        return None if value == self.default else self.to_yaml(value)

    def to_yaml(self, value: Any) -> Any:
        return value

    def prefetch(self) -> list[str]:
        """What an export fetches for many objects at once."""
        return []

    def from_cell(self, cell: str, model: Any) -> Any:
        """The value of a cell that is not empty. Raises Invalid, or ValidationError where the model's field does."""
        return "" if cell == EMPTIED else model._meta.get_field(self.attribute).to_python(cell)

    def to_cell(self, obj: Any) -> str:
        return str(getattr(obj, self.attribute))


class Block(Field):
    """Plain text of any number of lines."""

    def parse(self, node: Node, item: Item) -> Any:
        value = prose_of(node)
        if not value and self.default is NEEDED:
            raise Invalid("has no value")
        return value

    def value(self, obj: Any) -> Any:
        return canonical(super().value(obj))


class Text(Block):
    """Plain text of one line."""

    def parse(self, node: Node, item: Item) -> Any:
        value = super().parse(node, item)
        if "\n" in value:
            raise Invalid("must be one line")
        return value

    def value(self, obj: Any) -> Any:
        return super().value(obj).replace("\n", " ")


class LongText(Field):
    """Markdown in the file, clean HTML in the field."""

    def parse(self, node: Node, item: Item) -> Any:
        value = text.from_markdown(text_of(node))
        if not value and self.default is NEEDED:
            raise Invalid("has no words")
        return value

    def value(self, obj: Any) -> Any:
        return text.clean(super().value(obj))

    def to_yaml(self, value: Any) -> Any:
        return text.to_markdown(value)

    def from_cell(self, cell: str, model: Any) -> Any:
        return "" if cell == EMPTIED else text.from_markdown(cell)

    def to_cell(self, obj: Any) -> str:
        return text.to_markdown(getattr(obj, self.attribute))


@dataclass(frozen=True)
class Lines(Field):
    """A list of plain lines in the file, a text with one on each line in the field."""

    default: Any = ""
    most: int = 100

    def parse(self, node: Node, item: Item) -> Any:
        given = items_of(node)
        if len(given) > self.most:
            raise Invalid(f"has {len(given)} entries; {self.most} is the most")
        lines = [(prose_of(entry), entry.line) for entry in given]
        for line, number in lines:
            if not line or "\n" in line:
                raise Invalid("must hold entries of one line each", number)
        return "\n".join(line for line, _number in lines)

    def value(self, obj: Any) -> Any:
        lines = (line.strip() for line in super().value(obj).splitlines())
        return "\n".join(line for line in lines if line)

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
        day = iso(date, r"\d{4}-\d\d-\d\d$", code_of(node))
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
        day = getattr(obj, self.attribute)
        return day.isoformat() if day else ""


class Moment(Field):
    """A moment; without an offset in the site's time zone."""

    def parse(self, node: Node, item: Item) -> Any:
        moment = iso(datetime, r"\d{4}-\d\d-\d\dT\d\d:\d\d", code_of(node))
        if moment is None:
            raise Invalid("must be a moment like 2026-03-09T08:00:00-05:00")
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

    def to_yaml(self, value: Any) -> Any:
        return timezone.localtime(value)


class Clock(Field):
    """A time of day."""

    def parse(self, node: Node, item: Item) -> Any:
        at = iso(time, r"\d\d:\d\d$", prose_of(node))
        if at is None:
            raise Invalid('must be a time like "09:00"')
        return at


class Given(Field):
    """Told by the place in the file, not by a key: the language of a name, the day of opening hours."""

    def read(self, keys: Keys, item: Item) -> None:
        """Whoever reads the item fills it in."""

    def dump(self, obj: Any, album: Album) -> Any:
        return None


@dataclass(frozen=True)
class Links(Field):
    """Slugs of other objects. They are looked up when the object is written, for they may come in the same import."""

    is_relation: ClassVar[bool] = True

    default: Any = ()

    def read(self, keys: Keys, item: Item) -> None:
        super().read(keys, item)
        item.values[self.attribute] = list(item.values[self.attribute] or ())

    def parse(self, node: Node, item: Item) -> Any:
        """(slug, line) of each."""
        found: dict[str, int] = {}
        for entry in items_of(node):
            slug = code_of(entry)
            if slug in found:
                raise Invalid(f"names '{slug}' twice", entry.line)
            found[slug] = entry.line
        return list(found.items())

    def agrees(self, item: Item, obj: Any) -> bool:
        return sorted(slug for slug, _line in item.values[self.attribute]) == self.value(obj)

    def assign(self, item: Item, obj: Any) -> None:
        manager = getattr(obj, self.attribute)
        manager.set(find_linked(item, self.attribute, manager.model))

    def value(self, obj: Any) -> Any:
        return sorted(other.slug for other in getattr(obj, self.attribute).all())

    def dump(self, obj: Any, album: Album) -> Any:
        slugs = self.value(obj)
        return slugs if slugs or self.default is NEEDED else None

    def prefetch(self) -> list[str]:
        return [self.attribute]

    def from_cell(self, cell: str, model: Any) -> Any:
        """Rows that are there, by slugs with spaces or commas between them."""
        other = model._meta.get_field(self.attribute).related_model
        slugs = [] if cell == EMPTIED else re.split(r"[\s,;]+", code(cell))
        found = {row.slug: row for row in other._base_manager.filter(slug__in=slugs)}
        missing = [slug for slug in slugs if slug not in found]
        if missing:
            words = {"slug": missing[0], "kind": other._meta.verbose_name}
            raise Invalid(_("“%(slug)s” is no address of a %(kind)s") % words)
        return list(found.values())

    def to_cell(self, obj: Any) -> str:
        return " ".join(self.value(obj)) if obj.pk else ""


class Link(Links):
    """The slug of one other object, or none: a foreign key."""

    is_relation: ClassVar[bool] = False

    def parse(self, node: Node, item: Item) -> Any:
        return [(prose_of(node), node.line)]

    def assign(self, item: Item, obj: Any) -> None:
        found = find_linked(item, self.attribute, obj._meta.get_field(self.attribute).related_model)
        setattr(obj, self.attribute, found[0] if found else None)

    def value(self, obj: Any) -> Any:
        other = getattr(obj, self.attribute)
        return [other.slug] if other else []

    def dump(self, obj: Any, album: Album) -> Any:
        return next(iter(self.value(obj)), None)


def text_of(node: Node) -> str:
    """A scalar's text. Raises Invalid for a list, for keys, and for nothing at all."""
    if not isinstance(node, Scalar):
        raise Invalid("must be a single value, not a list and not keys", node.line)
    if node.bare and node.text in {"", "~", "null"}:
        raise Invalid("has no value; give one or leave the key out", node.line)
    return node.text


def prose_of(node: Node) -> str:
    return canonical(text_of(node))


def code_of(node: Node) -> str:
    """A scalar that is no prose: a number, a day, a slug, a word of a few."""
    return code(text_of(node))


def items_of(node: Node) -> list[Node]:
    if not isinstance(node, Items):
        raise Invalid("must be a list", node.line)
    return node.nodes


def canonical(value: str) -> str:
    """One kind of line end, no space at the ends of lines, none around the whole."""
    return "\n".join(line.rstrip() for line in prose(value).splitlines()).strip()


def iso(kind: Any, pattern: str, written: str) -> Any:
    """A date, moment or time of our age that is written as `pattern`, else None."""
    try:
        value = kind.fromisoformat(written) if re.match(pattern, written, re.ASCII) else None
    except ValueError:
        return None
    return value if kind is time or (value and FIRST <= value.year <= LAST) else None
