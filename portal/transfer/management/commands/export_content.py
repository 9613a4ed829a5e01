from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.transfer.content_export import MISSING, NotOurs, export


class Command(BaseCommand):
    """Writes into a new or empty folder, or over an earlier export that nobody changed."""

    help = "Export the site as content files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        try:
            written = export(path)
        except NotOurs as error:
            raise CommandError(f"{error}. Choose an empty folder; nothing was written.") from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}. The export is not whole.") from error
        self.stdout.write(f"{len(written)} files in {path}.")
        if MISSING in written:
            self.stderr.write(f"Stored pictures are missing: {path / MISSING} names them. Their texts are exported.")
