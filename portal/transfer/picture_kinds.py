"""What the picture library knows of each picture beside its pixels. It knows a picture by its content, not by its name."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from foundation.pictures.models import LibraryPicture
from portal.transfer.content_files import Album, ContentFile
from portal.transfer.fields import Day, Link, Text
from portal.transfer.items import Item, Run
from portal.transfer.kinds import Kind, Linked, PictureFile


class LibraryFile(PictureFile):
    def dump(self, obj: Any, album: Album) -> Any:
        return album.name(obj.name)


class Successor(Link):
    """The name of the file about the picture that replaced this one."""

    def get(self, obj: Any) -> Any:
        return [_stem(obj.replaced_by)] if obj.replaced_by else []


class PictureKind(Kind):
    own_keys = ("replaced_by",)
    picture_columns = ("name", "width", "height")

    def row_name(self, item: Item) -> str:
        return item.values["name"]

    def find(self, item: Item) -> Any:
        name = self.row_name(item)
        new = {column: item.values[column] for column in self.picture_columns}
        return LibraryPicture.objects.filter(name=name).first() or LibraryPicture(**new)

    def not_found(self, key: str, slug: str) -> str:
        return f"picture {key} names '{slug}', which is not a file of this import"

    def link_steps(self, files: list[Linked], run: Run) -> Iterator[tuple[ContentFile, Callable[[], None]]]:
        rows = {each.file.slug: each.row for each in files}
        for each in files:
            successor = next((rows.get(slug, "") for slug in each.links["replaced_by"]), "")
            yield each.file, partial(self._link, each.row, successor, run)

    def _link(self, name: str, successor: str, run: Run) -> None:
        picture = LibraryPicture.objects.get(name=name)
        other = LibraryPicture.objects.filter(name=successor).first()
        if picture.replaced_by != other:
            LibraryPicture.objects.filter(name=name).update(replaced_by=other)
            run.linked(picture)

    def export(self) -> Iterator[tuple[str, dict[str, Any], Album]]:
        kept = LibraryPicture.objects.exclude(pk__in=LibraryPicture.objects.erased())
        for obj in kept.order_by("name").select_related("replaced_by"):
            album = Album(_stem(obj))
            yield album.stem, self.dump(obj, album), album


def _stem(picture: LibraryPicture) -> str:
    return picture.name[:16]


PICTURES = PictureKind(
    "picture",
    LibraryPicture,
    [
        LibraryFile("file", saved=False),
        Text("alt", ""),
        *("caption", "credit", "person=shows_person", "consent.paper=consent_paper", "consent.until=consent_until"),
        *("focus.across=focus_x", "focus.down=focus_y"),
        Day("taken_back.on", None, "withdrawn_on"),
        "taken_back.reason=withdrawn_reason",
        Successor("replaced_by", saved=False),
    ],
    "pictures",
)
