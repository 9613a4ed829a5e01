from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from foundation.audit import erasures
from foundation.nightly.command import NightlyCommand
from portal.backup import encryption, folder
from portal.backup.make import make
from portal.backup.read import read_back


class Command(NightlyCommand):
    """Killed at any moment it leaves the backups of before; the next run begins anew, and knows the pictures that were kept."""

    help = "Back up database and pictures, sealed, into a folder. Run it every night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("to", type=Path, nargs="?", help="a folder on another disk or machine")
        parser.add_argument("--keep", type=int, default=35, metavar="DAYS", help="remove backups older than this (default 35)")
        parser.add_argument(
            "--check", action="store_true", help="make none; read the newest back, or the one whose folder it is"
        )
        parser.add_argument("--identity", type=Path, metavar="FILE", help="the private key, for --check")
        parser.add_argument("--new-key", type=Path, metavar="FILE", help="write a private key there, and tell its public key")

    def is_nightly_run(self, **options: Any) -> bool:
        return not (options["new_key"] or options["check"])

    def handle(self, *args: Any, to: Path | None, new_key: Path | None, check: bool, **options: Any) -> None:
        if new_key:
            self._make_key(new_key)
        elif not to:
            raise CommandError("Say into which folder.")
        elif check:
            self._check(to, options["identity"])
        else:
            self._back_up(to, options["keep"])

    def _make_key(self, path: Path) -> None:
        try:
            public = encryption.new_key(path)
        except OSError as fault:
            raise CommandError(f"{path}: {fault.strerror}. No key was made.") from fault
        self.stdout.write(f"BACKUP_RECIPIENTS={public}")
        self.stderr.write(f"Put {path} where neither this machine nor the backups are. Without it no backup can be read.")

    def _check(self, path: Path, key_file: Path | None) -> None:
        try:
            manifest = read_back(path, key_file)
        except encryption.NotWhole as fault:
            raise CommandError(f"This backup cannot be used: {fault}.") from fault
        self.stdout.write(f"Whole: {_described(manifest)}.")

    def _back_up(self, to: Path, days: int) -> None:
        broken = ""
        try:
            stood = erasures.position()
        except erasures.Broken as fault:  # the day may come when this backup is needed all the same
            stood, broken = (0, erasures.START), str(fault)
        try:
            with folder.only_writer(to):
                made, manifest = make(to, stood=stood)
                removed = folder.remove_old(to, days=days)
        except OSError as fault:
            raise CommandError(f"{fault}. The backups of before are as they were.") from fault
        self.stdout.write(f"{made}: {_described(manifest)}, in {manifest.seconds} s.")
        for name in removed:
            self.stdout.write(f"{name} was older than {days} days and is removed.")
        if broken:
            raise CommandError(f"The backup is made, but the erasure list does not hold: {broken}. Tell your privacy officer.")


def _described(manifest: Any) -> str:
    rows, pictures = sum(manifest.rows.values()), len(manifest.pictures)
    return f"{rows} rows in {len(manifest.rows)} tables, {pictures} files of pictures"
