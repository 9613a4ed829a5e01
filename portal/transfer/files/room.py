"""One folder of content files: how its files are read, written and exported."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from portal.transfer.files.check import File
from portal.transfer.files.files import Album
from portal.transfer.files.marks import Node
from portal.transfer.files.save import Run, link, put, replace
from portal.transfer.files.shape import Row, Shape


@dataclass(frozen=True)
class Room:
    """Files that hold one object each, named by its slug. `rows` are the accessors whose rows a file replaces.

    Where files of a folder may name each other (`names_its_own`), all are identified before the first is written.
    """

    names_its_own: ClassVar[bool] = False

    folder: str
    shape: Shape
    rows: dict[str, Shape] = field(default_factory=dict)

    def read(self, node: Node, file: File) -> Row:
        """The file's row; faults are noted in `file`."""
        return self.shape.read(node, file)

    def partners(self, row: Row) -> list[tuple[str, str, int]]:
        """(key, slug, line) of what a file names in its own folder."""
        return []

    def identify(self, row: Row, run: Run) -> None:
        """Before anything links here: nothing, where no two files of a folder name each other."""

    def parts(self, row: Row, run: Run) -> list[Callable[[], None]]:
        """What is committed by itself, since nobody may be held up for long: the whole file, where that is soon done."""
        return [partial(self.write, row, run)]

    def write(self, row: Row, run: Run) -> None:
        """Brings the site to what the file says. Raises NotSaved."""
        obj = self.object(row)
        made = obj.pk is None
        changed = [put(row, obj), *(link(row, obj, name) for name in row.links)]
        changed += [replace(row.rows[name], shape, obj, name) for name, shape in self.rows.items()]
        run.done(obj, made=made, changed=any(changed))

    def object(self, row: Row) -> Any:
        """The one with this slug, or a new one."""
        model: Any = self.shape.model
        return model.objects.filter(slug=row.file.slug).first() or model(slug=row.file.slug)

    def export(self) -> Iterator[tuple[str, dict[str, Any], Album]]:
        """(name without ending, content, pictures) of each file."""
        model: Any = self.shape.model
        for obj in model.objects.order_by("slug"):
            album = Album(obj.slug)
            yield obj.slug, self.shape.data(obj, album), album
