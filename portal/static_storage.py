"""Collected static files: style sheets joined, hashed for ever, compressed."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEETS = [f"css/{name}.css" for name in ("home", "condition", "pages", "article", "request", "print")]
IMPORT = re.compile(r'^@import "([\w./-]+)"( print)?;\n', re.MULTILINE)


class CollectedStorage(CompressedManifestStaticFilesStorage):
    """Writes each `@import` of the sheets in place, so that a page waits for one: its kind's."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        for name in SHEETS if not dry_run else ():
            joined = IMPORT.sub(self._imported, self.open(name).read().decode())
            self.delete(name)
            self._save(name, ContentFile(_minified(joined).encode()))
            paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def compress_files(self, paths: Iterable[str]) -> Iterator[Any]:
        """Only what pages ask for, by their hashed names. Brotli takes four times as long for the rest, maps of scripts above all."""
        hashed = set(self.hashed_files.values())
        yield from super().compress_files(path for path in paths if path in hashed and not path.endswith(".map"))

    def _imported(self, match: re.Match[str]) -> str:
        path, printed = match.groups()
        css = IMPORT.sub(self._imported, self.open(f"css/{path}").read().decode())
        return f"@media print{{{css}}}" if printed else css


def _minified(css: str) -> str:
    """Without comments and needless space."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\s*([{};,>])\s*", r"\1", re.sub(r"\s+", " ", css)).replace(";}", "}").replace(": ", ":").strip()
