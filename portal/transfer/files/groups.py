"""Keys below a key that belong to the same object: a group, a picture, a row of its own that is there or not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.transfer.files import files
from portal.transfer.files.files import Album
from portal.transfer.files.keys import Text
from portal.transfer.files.marks import Keys, Node
from portal.transfer.files.shape import Key, Row, Shape, said


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
        return said(self.keys, obj, album) or None


@dataclass(frozen=True)
class Picture(Key):
    """A picture beside the file, with the words for those who cannot see it."""

    key: str = "picture"
    default: Any = None
    part: str = ""  # the field that tells an album which part of the page this is

    def read(self, node: Keys, row: Row) -> None:
        """Its place into `row.picture`, the words into the row."""
        row.values |= {"picture": "", "picture_width": 0, "picture_height": 0, "picture_alt": "", "picture_caption": ""}
        given = node.nodes.get(self.key)
        if given:
            inner = row.file.keys(given, [key.key for key in PICTURE], self.key)
            for key in PICTURE if inner is given else ():
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
        return {"file": file} | said(PICTURE[1:], obj, album)


@dataclass(frozen=True)
class PictureFile(Text):
    """The name of the picture's file."""

    def read(self, node: Keys, row: Row) -> None:
        """The place, checked, into `row.picture`; the stored name comes when it is stored."""
        super().read(node, row)
        row.picture = row.values.pop(self.field)
        row.values["picture"] = ""

    def taken(self, node: Node, row: Row) -> Any:
        """Raises Wrong if it is no readable picture beside the file."""
        return files.picture(row.file, super().taken(node, row))


PICTURE = (
    PictureFile("file"),
    Text("alt", name="picture_alt"),
    Text("caption", "", name="picture_caption"),
)


@dataclass(frozen=True, kw_only=True)
class One(Key):
    """A row of another shape that is there or not; `when` tells whether an object has it."""

    default: Any = None
    shape: Shape
    when: Callable[[Any], bool]

    def read(self, node: Keys, row: Row) -> None:
        """Into `row.rows`, a list of one or none."""
        given = node.nodes.get(self.key)
        row.places[self.field] = (self.key, given.line if given else node.line)
        row.rows[self.field] = [self.shape.read(given, row.file)] if given else []

    def stored(self, obj: Any) -> dict[str, Any]:
        """Not a field."""
        return {}

    def data(self, obj: Any, album: Album) -> Any:
        """Its keys."""
        return self.shape.data(obj, album) if self.when(obj) else None
