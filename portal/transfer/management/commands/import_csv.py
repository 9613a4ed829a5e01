from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.transfer.content_files import Invalid
from portal.transfer.csv_import import CHANGED, FAULT, NEW, SAME, SHEETS, Outcome, SiteChanged, carry_out, make_plan


class Command(BaseCommand):
    """Without --do it only tells what would change. Exit code 1 if any row has a fault; then nothing is imported."""

    help = "Import departments, clinicians or news elsewhere from a CSV file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=SHEETS)
        parser.add_argument("file", type=Path)
        parser.add_argument("--do", action="store_true", help="do it, after telling what changes")

    def handle(self, *args: Any, kind: str, file: Path, do: bool, **options: Any) -> None:
        try:
            content = file.read_bytes()
            plan = make_plan(SHEETS[kind], content)
        except (OSError, Invalid) as error:
            raise CommandError(f"{file}: {error}") from error
        for row in plan.rows:
            self._print(row)
        self.stdout.write(", ".join(f"{plan.count(state)} {state}" for state in (NEW, CHANGED, SAME, FAULT)) + ".")
        if plan.count(FAULT):
            raise CommandError("Nothing was imported.")
        if do and plan.works:
            try:
                carry_out(SHEETS[kind], content, by="import_csv", digest=plan.digest)
            except SiteChanged as stopped:
                some = f"Only the first {stopped.done} rows were imported. Run it again: they are then unchanged."
                imported = some if stopped.done else "Nothing was imported. Try again."
                raise CommandError(f"Somebody changed the site meanwhile. {imported}") from stopped
            self.stdout.write("Done.")

    def _print(self, row: Outcome) -> None:
        for sentence in [*row.losses, *row.faults]:
            self.stderr.write(f"Row {row.number}, {row.name}: {sentence}")
        if row.state in {NEW, CHANGED}:
            changes = "; ".join(f"{name}: {old!r} → {new!r}" for name, old, new in row.changes)
            self.stdout.write(f"Row {row.number}, {row.name}: {row.state}. {changes}")
