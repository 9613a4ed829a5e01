"""Writes the whole site as content files: always the same bytes for the same content."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from portal.transfer.files.files import SLUG
from portal.transfer.files.load import ROOMS

MANIFEST = "exported.sha256"  # as `sha256sum --check` reads it
WIDTH = 110
_SHORT = 120  # characters up to which a mapping stays on its line


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
        slugs = all(isinstance(item, str) and SLUG.fullmatch(item) for item in data)
        return self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=slugs)

    def represent_keys(self, data: dict[str, Any]) -> yaml.Node:
        short = all(isinstance(value, str | bool | int) or _is_words(value) for value in data.values())
        short = short and sum(len(str(item)) + 4 for pair in data.items() for item in pair) < _SHORT
        return self.represent_mapping("tag:yaml.org,2002:map", data, flow_style=short)

    def represent_moment(self, data: datetime) -> yaml.Node:
        return self.represent_scalar("tag:yaml.org,2002:timestamp", data.isoformat())


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and SLUG.fullmatch(item) for item in value)


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(list, _Dumper.represent_rows)
_Dumper.add_representer(dict, _Dumper.represent_keys)
_Dumper.add_representer(datetime, _Dumper.represent_moment)


def as_yaml(data: dict[str, Any]) -> str:
    """A file's text."""
    return yaml.dump(data, Dumper=_Dumper, width=WIDTH, allow_unicode=True, sort_keys=False)


def export(folder: Path) -> list[str]:
    """Writes every file into `folder` and returns their names. Raises NotOurs before anything is written."""
    before = _earlier(folder)
    written = {}
    with transaction.atomic():  # one moment of the site
        for name, content in _files():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written[name] = hashlib.sha256(content).hexdigest()
    for name in before - written.keys():
        (folder / name).unlink()
    lines = [f"{digest}  {name}\n" for name, digest in sorted(written.items())]
    (folder / MANIFEST).write_text("".join(lines), encoding="utf-8")
    return sorted(written)


def _files() -> Iterator[tuple[str, bytes]]:
    for room in ROOMS:
        for stem, data, album in room.export():
            yield f"{room.folder}/{stem}.yaml", as_yaml(data).encode()
            for name, content in album.contents():
                yield f"{room.folder}/{name}", content


def _earlier(folder: Path) -> set[str]:
    """The names an earlier export wrote here, all untouched since."""
    manifest = folder / MANIFEST
    lines = manifest.read_text(encoding="utf-8").splitlines() if manifest.is_file() else []
    written = {name: digest for digest, _gap, name in (line.partition("  ") for line in lines)}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p != manifest):
        name = path.relative_to(folder).as_posix()
        if name not in written:
            raise NotOurs(f"{path} was not written by an export")
        if hashlib.sha256(path.read_bytes()).hexdigest() != written[name]:
            raise NotOurs(f"{path} was changed since it was exported")
    return {name for name in written if (folder / name).is_file()}
