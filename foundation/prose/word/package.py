"""A .docx as it lies on disk: a zip of XML parts that name each other. Opened within bounds, whatever somebody put into it."""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_BYTES = 20_000_000  # of the file
MOST_PART = 30_000_000  # bytes of one part, unpacked
MOST_PARTS = 3_000
_APART = {"p", "br", "cr", "tab", "ptab", "tc"}
_DOCTYPE = [b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be")]
_OLD = b"\xd0\xcf\x11\xe0"  # how .doc files begin, and .docx files with a password


def name(element: ET.Element) -> str:
    """Without its namespace: “strict” files have others than the usual ones."""
    return str(element.tag).rpartition("}")[2]


def get(element: ET.Element | None, key: str = "val") -> str:
    """An attribute, whatever its namespace; "" if there is none."""
    attributes = element.attrib if element is not None else {}
    return next((value for full, value in attributes.items() if full.rpartition("}")[2] == key), "")


def child(element: ET.Element | None, *path: str) -> ET.Element | None:
    for step in path:
        element = next((each for each in (element if element is not None else ()) if name(each) == step), None)
    return element


def children(element: ET.Element | None, wanted: str) -> Iterator[ET.Element]:
    return (each for each in (element if element is not None else ()) if name(each) == wanted)


def descendants(element: ET.Element | None, wanted: str) -> Iterator[ET.Element]:
    return (each for each in (element.iter() if element is not None else ()) if name(each) == wanted)


def words(element: ET.Element | None) -> str:
    every = element.iter() if element is not None else ()
    texts = (each.text or "" if name(each) in {"t", "delText"} else " " * (name(each) in _APART) for each in every)
    return " ".join("".join(texts).split())


class Package:
    """Raises ValidationError, with a sentence for who brought it, for what is no Word file or too large."""

    def __init__(self, content: bytes) -> None:
        if len(content) > MOST_BYTES:
            raise ValidationError(_("The file is larger than 20 MB. Take pictures out of it and try again."), code="too_large")
        if content.startswith(_OLD):
            raise ValidationError(
                _("This is an older Word file, or one with a password. Save it as .docx without one."), code="old"
            )
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise _unreadable() from error
        self.sizes = {info.filename: info.file_size for info in self.archive.infolist()}
        if len(self.sizes) > MOST_PARTS:
            raise _unreadable()
        start = self.links("")
        self.main = next((target for kind, target in start.values() if kind == "officeDocument"), "word/document.xml")
        if child(self.xml(self.main), "body") is None:
            raise _unreadable()

    def bytes(self, part: str) -> bytes:
        """Of what the zip says is larger no more is unpacked than that; "" if there is no such part."""
        if part not in self.sizes:
            return b""
        if self.sizes[part] > MOST_PART:
            raise ValidationError(
                _("This Word file unpacks to more than a page can hold. Copy its text into the editor."), "too_large"
            )
        try:
            return self.archive.read(part)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
            raise _unreadable() from error

    def xml(self, part: str) -> ET.Element | None:
        """No Word file has a DOCTYPE; one would let a small file grow without bounds."""
        content = self.bytes(part)
        if any(sign in content for sign in _DOCTYPE):
            raise _unreadable()
        try:
            return ET.fromstring(content) if content else None  # noqa: S314  no DOCTYPE, so no entities
        except (ET.ParseError, ValueError, LookupError) as error:
            raise _unreadable() from error

    def links(self, part: str) -> dict[str, tuple[str, str]]:
        """Of a part: by id the kind and target of what it names; parts by their place in the zip, others as they stand."""
        folder, own = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{own}.rels"))
        found = {}
        for each in children(root, "Relationship"):
            target = get(each, "Target")
            if get(each, "TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[get(each, "Id")] = (get(each, "Type").rpartition("/")[2], target)
        return found


def _unreadable() -> ValidationError:
    return ValidationError(
        _("This is not a Word file (.docx), or it is damaged. Open it in Word and save it again."), code="unreadable"
    )
