"""The folder a site is read from or written to: which files belong to it, and the pictures beside them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from foundation.pictures import images
from portal.transfer.files.check import File, Wrong

SLUG = re.compile(r"[-a-zA-Z0-9_]+")
_PICTURE = re.compile(r"\w[\w.-]*\.(webp|jpe?g|png)")


def found(path: Path, folders: Iterable[str]) -> list[File]:
    """The content files under `path`, or the one it names, sorted. Files with a wrong name carry a fault."""
    known = list(folders)
    if path.is_file():
        return [_file(path, known)]
    inside = (p for pattern in ("*", "*/*") for p in path.glob(pattern) if p.suffix in {".yaml", ".yml"})
    return [_file(p, known) for p in sorted(inside) if "/." not in f"/{p.relative_to(path).as_posix()}"]


def _file(path: Path, folders: list[str]) -> File:
    folder = path.absolute().parent.name
    file = File(path, f"{folder}/{path.name}")
    if folder not in folders:
        file.fault(1, f"its folder '{folder}' is not one of {', '.join(folders)}")
    if path.suffix != ".yaml":
        file.fault(1, "its name must end with .yaml")
    if not SLUG.fullmatch(path.stem):
        file.fault(1, "its name may have letters, digits and hyphens only")
    return file


def picture(file: File, name: str) -> Path:
    """Where the picture `name` beside `file` lies, checked. Raises Wrong if it is not there, lies elsewhere or is no picture."""
    if not _PICTURE.fullmatch(name):
        raise Wrong(f"'{name}' is not the name of a .webp, .jpg or .png file in this folder")
    path = file.path.parent / name
    if path.resolve().parent != file.path.parent.resolve():
        raise Wrong(f"'{name}' leads out of the folder")
    if not path.is_file():
        raise Wrong(f"'{name}' is not there; the picture must lie beside this file")
    try:
        images.check(path.read_bytes())
    except ValidationError as error:
        raise Wrong(f"'{name}': {error.messages[0]}") from error
    return path


@dataclass
class Album:
    """The pictures of one exported file. Each stored picture is written once, under a name that tells what it is."""

    stem: str
    names: dict[str, str] = field(default_factory=dict)

    def name(self, stored: str, part: str = "") -> str:
        """What the stored picture is called here: the file's name, the part of it, and a number if that is taken."""
        if stored not in self.names:
            base = f"{self.stem}-{part}" if part else self.stem
            alike = sum(re.fullmatch(rf"{re.escape(base)}(-\d+)?\.webp", name) is not None for name in self.names.values())
            self.names[stored] = f"{base}-{alike + 1}.webp" if alike else f"{base}.webp"
        return self.names[stored]

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """(name, bytes as they are stored) of each picture."""
        for stored, name in self.names.items():
            with default_storage.open(stored) as content:
                yield name, content.read()
