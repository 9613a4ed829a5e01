"""Writes the whole site as content files: always the same bytes for the same content.

Each file is read by itself: one transaction for all would hold up everybody who writes, on SQLite for minutes.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import yaml

from portal.transfer.content_files import SLUG
from portal.transfer.content_import import KINDS

MANIFEST = "exported.sha256"  # as `sha256sum --check` reads it
UNFINISHED = "exporting.txt"  # names what an export writes, until it is whole: a killed one is run again
MISSING = "missing-pictures.txt"
WIDTH = 110
SHORT = 120  # characters up to which a mapping stays on its line


class NotOurs(Exception):
    """The folder holds files that an export would lose or leave lying between its own."""


class _Dumper(yaml.SafeDumper):
    """Slugs and short mappings on one line; text with line breaks as it stands; long lines folded."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Lists stand further in than their key."""
        super().increase_indent(flow, False)

    def represent(self, data: Any) -> None:
        """The top level has a line for each key, however short it is."""
        node: Any = self.represent_data(data)
        node.flow_style = False
        self.serialize(node)

    def represent_text(self, data: str) -> yaml.Node:
        strange = any(c in data for c in "\x85\u2028\u2029")
        style = '"' if strange else "|" if "\n" in data else ">" if len(data) > WIDTH - 10 and data[0] != " " else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)

    def represent_rows(self, data: list[Any]) -> yaml.Node:
        return self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=_are_slugs(data))

    def represent_keys(self, data: dict[str, Any]) -> yaml.Node:
        short = all(isinstance(value, str | bool | int) or _are_slugs(value) for value in data.values())
        short = short and sum(len(str(item)) + 4 for pair in data.items() for item in pair) < SHORT
        return self.represent_mapping("tag:yaml.org,2002:map", data, flow_style=short)

    def represent_moment(self, data: datetime) -> yaml.Node:
        return self.represent_scalar("tag:yaml.org,2002:timestamp", data.isoformat())


def _are_slugs(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and SLUG.fullmatch(item) for item in value)


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(list, _Dumper.represent_rows)
_Dumper.add_representer(dict, _Dumper.represent_keys)
_Dumper.add_representer(datetime, _Dumper.represent_moment)


def as_yaml(data: dict[str, Any]) -> str:
    return yaml.dump(data, Dumper=_Dumper, width=WIDTH, allow_unicode=True, sort_keys=False)


def export_files() -> Iterator[tuple[str, bytes]]:
    """(name, content) of every file, at last of one that names the pictures whose stored file is gone, and of the manifest."""
    digests: dict[str, str] = {}
    missing: list[str] = []
    for kind in KINDS:
        for stem, data, album in kind.export():
            files = [(f"{stem}.yaml", as_yaml(data).encode()), *album.contents()]
            for name, content in ((f"{kind.folder}/{name}", content) for name, content in files):
                if content is None:
                    missing.append(name)
                else:
                    digests[name] = hashlib.sha256(content).hexdigest()
                    yield name, content
    if missing:
        content = "".join(f"{name}\n" for name in missing).encode()
        digests[MISSING] = hashlib.sha256(content).hexdigest()
        yield MISSING, content
    yield MANIFEST, "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode()


def export(folder: Path) -> list[str]:
    """Writes every file into `folder` and returns their names. Raises NotOurs before anything is written."""
    before = _earlier(folder)
    written = set()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / UNFINISHED).open("a", encoding="utf-8", buffering=1) as names:
        names.writelines(f"{name}\n" for name in sorted(before))
        for name, content in export_files():
            names.write(f"{name}\n")
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written.add(name)
    for name in before - written:
        (folder / name).unlink()
    (folder / UNFINISHED).unlink()
    return sorted(written - {MANIFEST})


def _earlier(folder: Path) -> set[str]:
    """The names an earlier export wrote here, all untouched since, and those of one that was killed."""
    manifest, unfinished = folder / MANIFEST, folder / UNFINISHED
    lines = manifest.read_text(encoding="utf-8").splitlines() if manifest.is_file() else []
    written = {name: digest for digest, _gap, name in (line.partition("  ") for line in lines)}
    begun = set(unfinished.read_text(encoding="utf-8").splitlines()) if unfinished.is_file() else set()
    paths = (path for path in folder.rglob("*") if path.is_file() and path not in {manifest, unfinished})
    found = {path.relative_to(folder).as_posix() for path in paths}
    for name in sorted(found - begun):
        if name not in written:
            raise NotOurs(f"{folder / name} was not written by an export")
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != written[name]:
            raise NotOurs(f"{folder / name} was changed since it was exported")
    return found


class _Chunks:
    """What a zip file is written to, to be sent before all of it is made."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, data: bytes) -> int:
        self.waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def take(self) -> bytes:
        data, self.waiting = bytes(self.waiting), bytearray()
        return data


def export_zip(done: Any) -> Iterator[bytes]:
    """Every file in one zip file, piece by piece. At its end `done` is told how many files there are, and its SHA-256."""
    chunks, digest, number = _Chunks(), hashlib.sha256(), 0
    with ZipFile(chunks, "w") as bundle:  # type: ignore[call-overload]
        for name, content in export_files():
            bundle.writestr(name, content, ZIP_STORED if name.endswith(".webp") else ZIP_DEFLATED)
            number += name != MANIFEST
            piece = chunks.take()
            digest.update(piece)
            yield piece
    last = chunks.take()
    digest.update(last)
    yield last
    done(number, digest.hexdigest())
