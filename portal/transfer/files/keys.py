"""The kinds of keys a content file has: plain words, long text, lists, dates, links, pictures, rows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from foundation.prose import text
from foundation.prose.days import FIRST, LAST
from portal.transfer.files.check import Wrong, one_of
from portal.transfer.files.files import Album
from portal.transfer.files.marks import Keys, Node, Scalar
from portal.transfer.files.shape import NEEDED, Key, Row, Shape, canonical, exact, items, sign, words


@dataclass(frozen=True)
class Block(Key):
    """Plain text of any number of lines."""

    def taken(self, node: Node, row: Row) -> Any:
        """Not empty where it is needed."""
        value = words(node)
        if not value and self.default is NEEDED:
            raise Wrong("has no value")
        return value

    def value(self, obj: Any) -> Any:
        """As `words` would read it."""
        return canonical(getattr(obj, self.field))


@dataclass(frozen=True)
class Text(Block):
    """Plain text of one line."""

    def taken(self, node: Node, row: Row) -> Any:
        """Refuses a second line."""
        value = super().taken(node, row)
        if "\n" in value:
            raise Wrong("must be one line")
        return value

    def value(self, obj: Any) -> Any:
        """Lines joined, should a program have put several here."""
        return super().value(obj).replace("\n", " ")


@dataclass(frozen=True)
class LongText(Block):
    """Markdown in the file, clean HTML in the field."""

    def taken(self, node: Node, row: Row) -> Any:
        """Also refuses what is empty once cleaned."""
        value = text.from_markdown(exact(node))
        if not value and self.default is NEEDED:
            raise Wrong("has no words")
        return value

    def value(self, obj: Any) -> Any:
        """Cleaned, as it was when it was saved."""
        return text.clean(getattr(obj, self.field))

    def written(self, value: Any) -> Any:
        """As Markdown."""
        return text.to_markdown(value)


@dataclass(frozen=True)
class Lines(Key):
    """A list of plain lines in the file, a text with one on each line in the field."""

    default: Any = ""
    most: int = 100

    def taken(self, node: Node, row: Row) -> Any:
        """Joined. Raises Wrong for too many, and for an entry with a line break or without words."""
        given = items(node)
        if len(given) > self.most:
            raise Wrong(f"has {len(given)} entries; {self.most} is the most")
        lines = [(words(entry), entry.line) for entry in given]
        for line, number in lines:
            if not line or "\n" in line:
                raise Wrong("must hold entries of one line each", number)
        return "\n".join(line for line, _number in lines)

    def value(self, obj: Any) -> Any:
        """Without empty lines."""
        lines = (line.strip() for line in getattr(obj, self.field).splitlines())
        return "\n".join(line for line in lines if line)

    def written(self, value: Any) -> Any:
        """As a list again."""
        return value.splitlines()


@dataclass(frozen=True)
class Choice(Key):
    """One word of a few."""

    choices: tuple[str, ...] = ()

    def taken(self, node: Node, row: Row) -> Any:
        """Raises Wrong with the nearest word."""
        word = sign(node)
        if word not in self.choices:
            raise Wrong(one_of(word, self.choices))
        return word


@dataclass(frozen=True)
class Flag(Key):
    """True or false."""

    def taken(self, node: Node, row: Row) -> Any:
        """Raises Wrong for every other word, also yes and no."""
        if not isinstance(node, Scalar) or not node.bare or sign(node) not in {"true", "false"}:
            raise Wrong("must be true or false")
        return sign(node) == "true"


@dataclass(frozen=True)
class Number(Key):
    """A whole number, not negative."""

    def taken(self, node: Node, row: Row) -> Any:
        """The model says how large it may be."""
        word = sign(node)
        if not re.fullmatch("[0-9]{1,9}", word):
            raise Wrong("must be a whole number")
        return int(word)


@dataclass(frozen=True)
class Day(Key):
    """A date."""

    def taken(self, node: Node, row: Row) -> Any:
        """Raises Wrong for what is not in the calendar."""
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", sign(node), re.ASCII):
                day = date.fromisoformat(sign(node))
                if FIRST <= day.year <= LAST:
                    return day
        except ValueError:
            pass
        raise Wrong(f"must be a date like 2026-03-09, of a year between {FIRST} and {LAST}")


@dataclass(frozen=True)
class Moment(Key):
    """A moment; without an offset in the site's time zone."""

    def taken(self, node: Node, row: Row) -> Any:
        """Aware. Raises Wrong for a date alone."""
        try:
            if re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", sign(node), re.ASCII):
                moment = datetime.fromisoformat(sign(node))
                if FIRST <= moment.year <= LAST:
                    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
        except ValueError:
            pass
        raise Wrong("must be a moment like 2026-03-09T08:00:00-05:00")

    def written(self, value: Any) -> Any:
        """In the site's time zone, with its offset."""
        return timezone.localtime(value)


@dataclass(frozen=True)
class Given(Key):
    """A field that the place in the file tells, not a key: the language of a name, the day of opening hours."""

    key: str = ""

    def read(self, node: Keys, row: Row) -> None:
        """Whoever reads the row fills it in."""

    def data(self, obj: Any, album: Album) -> Any:
        """Never a key."""
        return None


@dataclass(frozen=True)
class Links(Key):
    """Slugs of other objects. They are looked up when the object is written, for they may come in the same import."""

    default: Any = ()

    def read(self, node: Keys, row: Row) -> None:
        """Into `row.links`."""
        super().read(node, row)
        row.links[self.field] = row.values.pop(self.field) or []

    def taken(self, node: Node, row: Row) -> Any:
        """(slug, line) of each. Raises Wrong for one that is named twice."""
        found: dict[str, int] = {}
        for entry in items(node):
            slug = sign(entry)
            if slug in found:
                raise Wrong(f"names '{slug}' twice", entry.line)
            found[slug] = entry.line
        return list(found.items())

    def stored(self, obj: Any) -> dict[str, Any]:
        """Links are compared by slug, in `save`."""
        return {}

    def data(self, obj: Any, album: Album) -> Any:
        """Sorted, so that the order of rows never matters."""
        slugs = sorted(other.slug for other in getattr(obj, self.field).all())
        return slugs if slugs or self.default is NEEDED else None


@dataclass(frozen=True)
class Link(Links):
    """The slug of one other object, or none."""

    def taken(self, node: Node, row: Row) -> Any:
        """(slug, line), as the only one of a list."""
        return [(words(node), node.line)]

    def data(self, obj: Any, album: Album) -> Any:
        """Nothing without one."""
        other = getattr(obj, self.field)
        return other.slug if other else None


@dataclass(frozen=True, kw_only=True)
class Rows(Key):
    """A list of rows of another shape; `name` is the accessor of the rows on the object."""

    default: Any = ()
    shape: Shape
    by: tuple[str, ...] = ()  # the order in the file, if it is not the site's

    def read(self, node: Keys, row: Row) -> None:
        """Into `row.rows`."""
        super().read(node, row)
        row.rows[self.field] = list(row.values.pop(self.field) or [])

    def taken(self, node: Node, row: Row) -> Any:
        """Each entry, read."""
        return [self.shape.read(entry, row.file) for entry in items(node)]

    def stored(self, obj: Any) -> dict[str, Any]:
        """Rows are compared on their own, in `save`."""
        return {}

    def data(self, obj: Any, album: Album) -> Any:
        """All of them, in order."""
        children = getattr(obj, self.field)
        found = [self.shape.data(child, album) for child in (children.order_by(*self.by) if self.by else children.all())]
        return found if found or self.default is NEEDED else None


def choices(model_choices: Iterable[str]) -> tuple[str, ...]:
    """The words of a model's choices, in their order."""
    return tuple(str(choice) for choice in model_choices)
