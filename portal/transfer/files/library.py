"""The files of `pictures/`: what the picture library knows of each picture beside its pixels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from foundation.pictures.models import LibraryPicture
from portal.transfer.files.files import Album
from portal.transfer.files.groups import Group, PictureFile
from portal.transfer.files.keys import Day, Flag, Number, Text
from portal.transfer.files.room import Room
from portal.transfer.files.save import NotSaved, Run, put
from portal.transfer.files.shape import Row, Shape

MIDDLE = 50


class LibraryFile(PictureFile):
    """The picture itself, by whose content the library knows it."""

    def stored(self, obj: Any) -> dict[str, Any]:
        """Nothing that could be set."""
        return {}

    def data(self, obj: Any, album: Album) -> Any:
        """Named like the file that tells of it."""
        return album.name(obj.name)


class Successor(Text):
    """The name of the file about the picture that replaced this one."""

    def stored(self, obj: Any) -> dict[str, Any]:
        """Set once every picture is there."""
        return {}

    def value(self, obj: Any) -> Any:
        """Empty if it was not replaced."""
        return _stem(obj.replaced_by) if obj.replaced_by else ""


@dataclass(frozen=True)
class Library(Room):
    """Comes last: a picture that was taken back still stands in what was published before."""

    names_its_own = True

    def object(self, row: Row) -> Any:
        """The one with this content, or a new one. Raises NotSaved without a picture, which is a fault already."""
        if row.picture is None:
            raise NotSaved
        kept = row.final
        found = LibraryPicture.objects.filter(name=kept["picture"]).first()
        return found or LibraryPicture(name=kept["picture"], width=kept["picture_width"], height=kept["picture_height"])

    def partners(self, row: Row) -> list[tuple[str, str, int]]:
        """What replaced it."""
        _key, line = row.places.get("successor", ("", row.line))
        return [("replaced_by", row.values["successor"], line)] if row.values["successor"] else []

    def identify(self, row: Row, run: Run) -> None:
        """The picture without what replaced it."""
        obj = self.object(row)
        made = obj.pk is None
        run.identified[row.file.name] = made, put(row, obj)

    def write(self, row: Row, run: Run) -> None:
        """What replaced it."""
        obj, successor = self.object(row), row.values["successor"]
        other = run.rows[self.folder].get(successor)
        if successor and other is None:
            row.fault(f"picture replaced_by names '{successor}', which is not a file of this import", "successor")
            raise NotSaved
        wanted = self.object(other).pk if other and not run.trial else None
        made, changed = run.identified[row.file.name]
        moved = LibraryPicture.objects.filter(pk=obj.pk).exclude(replaced_by=wanted).update(replaced_by=wanted)
        run.done(obj, made=made, changed=changed or bool(moved))

    def export(self) -> Iterator[tuple[str, dict[str, Any], Album]]:
        """Named by their content."""
        for obj in LibraryPicture.objects.order_by("name").select_related("replaced_by"):
            album = Album(_stem(obj))
            yield album.stem, self.shape.data(obj, album), album


def _stem(picture: LibraryPicture) -> str:
    return picture.name[:16]


LIBRARY = Library(
    "pictures",
    Shape(
        "picture",
        LibraryPicture,
        (
            LibraryFile("file"),
            Text("alt", ""),
            Text("caption", ""),
            Text("credit", ""),
            Flag("person", False, "shows_person"),
            Group("consent", keys=(Text("paper", "", "consent_paper"), Day("until", None, "consent_until"))),
            Group("focus", keys=(Number("across", MIDDLE, "focus_x"), Number("down", MIDDLE, "focus_y"))),
            Group("taken_back", keys=(Day("on", None, "withdrawn_on"), Text("reason", "", "withdrawn_reason"))),
            Successor("replaced_by", "", "successor"),
        ),
    ),
)
