"""`manage.py import_csv`: departments, clinicians or outside news from a spreadsheet (`docs/editing.md`)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.transfer.spreadsheets import plan
from portal.transfer.spreadsheets.kinds import KINDS
from portal.transfer.spreadsheets.table import Unreadable


class Command(BaseCommand):
    """Without --do it only tells what would change. Exit code 1 if any row has a fault; then nothing is imported."""

    help = "Import departments, clinicians or news elsewhere from a CSV file."

    def add_arguments(self, parser: CommandParser) -> None:
        """As documented."""
        parser.add_argument("kind", choices=KINDS)
        parser.add_argument("file", type=Path)
        parser.add_argument("--do", action="store_true", help="do it, after telling what changes")

    def handle(self, *args: Any, kind: str, file: Path, do: bool, **options: Any) -> None:
        """One line for each row that is not as before."""
        try:
            content = file.read_bytes()
            found = plan.look(KINDS[kind], content)
        except (OSError, Unreadable) as error:
            raise CommandError(f"{file}: {error}") from error
        for row in found.rows:
            self._tell(row)
        counts = ", ".join(f"{found.count(state)} {state}" for state in (plan.NEW, plan.CHANGED, plan.SAME, plan.FAULT))
        self.stdout.write(f"{counts}.")
        if found.count(plan.FAULT):
            raise CommandError("Nothing was imported.")
        if do and found.works:
            try:
                plan.do(KINDS[kind], content, by="import_csv", digest=found.digest)
            except plan.Otherwise as stopped:
                if stopped.done:
                    taken = f"Only the first {stopped.done} rows were imported. Run it again: they are then unchanged."
                    raise CommandError(f"Somebody changed the site meanwhile. {taken}") from stopped
                raise CommandError("Somebody changed the site meanwhile. Nothing was imported. Try again.") from stopped
            self.stdout.write("Done.")

    def _tell(self, row: plan.Outcome) -> None:
        for sentence in row.faults:
            self.stderr.write(f"Row {row.number}, {row.name}: {sentence}")
        if row.state in {plan.NEW, plan.CHANGED}:
            changes = "; ".join(f"{name}: {old!r} → {new!r}" for name, old, new in row.changes)
            self.stdout.write(f"Row {row.number}, {row.name}: {row.state}. {changes}")
