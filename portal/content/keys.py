"""The kinds of keys a content file has: plain words, long text, lists, dates, links, pictures, rows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from foundation.publishing import text
from portal.content import files
from portal.content.check import Wrong, one_of
from portal.content.files import Album
from portal.content.marks import Keys, Node, Scalar
from portal.content.shape import NEEDED, Key, Row, Shape, canonical, items, words


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


@dataclass(frozen=True)
class LongText(Block):
    """Markdown in the file, clean HTML in the field."""

    def taken(self, node: Node, row: Row) -> Any:
        """Also refuses what is empty once cleaned."""
        value = text.from_markdown(super().taken(node, row))
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
        word = words(node)
        if word not in self.choices:
            raise Wrong(one_of(word, self.choices))
        return word


@dataclass(frozen=True)
class Flag(Key):
    """True or false."""

    def taken(self, node: Node, row: Row) -> Any:
        """Raises Wrong for every other word, also yes and no."""
        if not isinstance(node, Scalar) or not node.bare or node.text not in {"true", "false"}:
            raise Wrong("must be true or false")
        return node.text == "true"


@dataclass(frozen=True)
class Number(Key):
    """A whole number, not negative."""

    def taken(self, node: Node, row: Row) -> Any:
        """The model says how large it may be."""
        word = words(node)
        if not re.fullmatch("[0-9]{1,9}", word):
            raise Wrong("must be a whole number")
        return int(word)


@dataclass(frozen=True)
class Day(Key):
    """A date."""

    def taken(self, node: Node, row: Row) -> Any:
        """Raises Wrong for what is not in the calendar."""
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", words(node), re.ASCII):
                return date.fromisoformat(words(node))
        except ValueError:
            pass
        raise Wrong("must be a date like 2026-03-09")

    def written(self, value: Any) -> Any:
        """As ISO 8601."""
        return Plain(value.isoformat())


@dataclass(frozen=True)
class Moment(Key):
    """A moment; without an offset in the site's time zone."""

    def taken(self, node: Node, row: Row) -> Any:
        """Aware. Raises Wrong for a date alone."""
        try:
            if re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", words(node), re.ASCII):
                moment = datetime.fromisoformat(words(node))
                return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
        except (ValueError, OverflowError):
            pass
        raise Wrong("must be a moment like 2026-03-09T08:00:00-05:00")

    def written(self, value: Any) -> Any:
        """In the site's time zone, with its offset."""
        return Plain(timezone.localtime(value).isoformat())


class Plain(str):
    """A text that is written without quotes, since its key is never read as anything else."""

    __slots__ = ()


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
            slug = words(entry)
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
class Rows(Key):
    """A list of rows of another shape; `name` is the accessor of the rows on the object."""

    default: Any = ()
    shape: Shape = Shape("", None, ())

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
        """In the order in which the site shows them."""
        found = [self.shape.data(child, album) for child in getattr(obj, self.field).all()]
        return found if found or self.default is NEEDED else None


@dataclass(frozen=True)
class Group(Key):
    """Keys below a key that belong to the same object."""

    default: Any = None
    keys: tuple[Key, ...] = ()

    def read(self, node: Keys, row: Row) -> None:
        """Without the group, every key in it has its default."""
        given = node.nodes.get(self.key)
        inner = row.file.keys(given, [key.key for key in self.keys], self.key) if given else Keys(node.line, {})
        for key in self.keys:
            key.read(inner, row)

    def stored(self, obj: Any) -> dict[str, Any]:
        """Those of its keys."""
        return {name: value for key in self.keys for name, value in key.stored(obj).items()}

    def data(self, obj: Any, album: Album) -> Any:
        """Left out if nothing in it is said."""
        pairs = ((key.key, key.data(obj, album)) for key in self.keys)
        return {key: value for key, value in pairs if value is not None} or None


@dataclass(frozen=True)
class Picture(Key):
    """A picture beside the file, with the words for those who cannot see it."""

    key: str = "picture"
    default: Any = None
    part: str = ""  # the field that tells an album which part of the page this is

    def read(self, node: Keys, row: Row) -> None:
        """The bytes into `row.picture`, the words into the row."""
        row.values |= {"picture": "", "picture_width": 0, "picture_height": 0, "picture_alt": "", "picture_caption": ""}
        given = node.nodes.get(self.key)
        if given:
            inner = row.file.keys(given, [key.key for key in PICTURE], self.key)
            for key in PICTURE:
                key.read(inner, row)

    def stored(self, obj: Any) -> dict[str, Any]:
        """The stored picture is named after its content, so the name is enough to compare."""
        own = {"picture": obj.picture, "picture_width": obj.picture_width, "picture_height": obj.picture_height}
        return own | {name: value for key in PICTURE[1:] for name, value in key.stored(obj).items()}

    def data(self, obj: Any, album: Album) -> Any:
        """The name that the album gives it."""
        if not obj.picture:
            return None
        file = album.name(obj.picture, getattr(obj, self.part) if self.part else "")
        pairs = ((key.key, key.data(obj, album)) for key in PICTURE[1:])
        return {"file": file} | {key: value for key, value in pairs if value is not None}


@dataclass(frozen=True)
class PictureFile(Text):
    """The name of the picture's file."""

    def read(self, node: Keys, row: Row) -> None:
        """The bytes, checked, into `row.picture`; the stored name comes when it is stored."""
        super().read(node, row)
        row.picture = row.values.pop(self.field) or b""
        row.values["picture"] = ""

    def taken(self, node: Node, row: Row) -> Any:
        """Raises Wrong if it is no readable picture beside the file."""
        return files.picture(row.file, super().taken(node, row))


PICTURE = (
    PictureFile("file"),
    Text("alt", name="picture_alt"),
    Text("caption", "", name="picture_caption"),
)


def choices(model_choices: Iterable[str]) -> tuple[str, ...]:
    """The words of a model's choices, in their order."""
    return tuple(str(choice) for choice in model_choices)
