"""A folder of content files: which files belong to it, what is wrong with them and where, and the pictures beside them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from foundation.pictures import images

SLUG = re.compile(r"[-a-zA-Z0-9_]+")
PICTURE = re.compile(r"\w[\w.-]*\.(webp|jpe?g|png)")


class Invalid(Exception):
    """What a file says is not what it must be; `line` where, if it is not where the value stands."""

    def __init__(self, sentence: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.line = line


class Rejected(Exception):
    """A file cannot be taken; why is noted among its faults."""


@dataclass(frozen=True, order=True)
class Fault:
    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.sentence}"


@dataclass
class ContentFile:
    """A content file on its way in. `path` is where it lies, `name` how messages call it."""

    path: Path
    name: str
    faults: list[Fault] = field(default_factory=list)
    losses: list[Fault] = field(default_factory=list)  # what its texts hold and ours cannot; the file is taken all the same

    @property
    def folder(self) -> str:
        return self.path.absolute().parent.name

    @property
    def slug(self) -> str:
        return self.path.stem

    def fault(self, line: int, sentence: str) -> None:
        self.faults.append(Fault(self.name, line, sentence))

    def picture(self, name: str) -> Path:
        """Where the picture `name` beside this file lies. Raises Invalid if it is not there, lies elsewhere or is no picture."""
        if not PICTURE.fullmatch(name):
            raise Invalid(f"'{name}' is not the name of a .webp, .jpg or .png file in this folder")
        path = self.path.parent / name
        if path.resolve().parent != self.path.parent.resolve():
            raise Invalid(f"'{name}' leads out of the folder")
        if not path.is_file():
            raise Invalid(f"'{name}' is not there; the picture must lie beside this file")
        try:
            images.check(path.read_bytes())
        except ValidationError as error:
            raise Invalid(f"'{name}': {error.messages[0]}") from error
        return path


def find_files(path: Path, folders: Iterable[str]) -> list[ContentFile]:
    """The content files under `path`, or the one it names, sorted. Files with a wrong name carry a fault."""
    if path.is_file():
        return [_content_file(path, list(folders))]
    inside = (p for pattern in ("*", "*/*") for p in path.glob(pattern) if p.suffix in {".yaml", ".yml"})
    return [_content_file(p, list(folders)) for p in sorted(inside) if "/." not in f"/{p.relative_to(path).as_posix()}"]


def _content_file(path: Path, folders: list[str]) -> ContentFile:
    file = ContentFile(path, f"{path.absolute().parent.name}/{path.name}")
    if file.folder not in folders:
        file.fault(1, f"its folder '{file.folder}' is not one of {', '.join(folders)}")
    if path.suffix != ".yaml":
        file.fault(1, "its name must end with .yaml")
    if not SLUG.fullmatch(path.stem):
        file.fault(1, "its name may have letters, digits and hyphens only")
    return file


def not_one_of(word: str, choices: Iterable[str]) -> str:
    """Like: 'symtoms' is not one of overview, symptoms, … (did you mean 'symptoms'?)."""
    choices = list(choices)
    near = get_close_matches(word, choices, n=1, cutoff=0.7)
    return f"'{word}' is not one of {', '.join(choices)}" + (f" (did you mean '{near[0]}'?)" if near else "")


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

    def contents(self) -> Iterator[tuple[str, bytes | None]]:
        """(name, bytes as they are stored) of each picture; None for one whose stored file is gone."""
        for stored, name in self.names.items():
            try:
                with default_storage.open(stored) as content:
                    yield name, content.read()
            except OSError:
                yield name, None
