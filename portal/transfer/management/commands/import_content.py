from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.transfer.content_import import Result, load


class Command(BaseCommand):
    """Exit code 1 if any file has a fault; files without one are imported all the same."""

    help = "Import content files: a folder, or one file in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument(
            "--publish", action="store_true", help="publish editions, stories and news instead of drafting them"
        )
        parser.add_argument("--reviewer", default="", metavar="SLUG", help="the clinician who answers for what is published")

    def handle(self, *args: Any, path: Path, publish: bool, reviewer: str, **options: Any) -> None:
        if not path.exists():
            raise CommandError(f"There is no {path}.")
        if publish and not reviewer:
            raise CommandError("--publish needs --reviewer: the slug of the clinician who answers for what is published.")
        result = load(path, publish=publish, reviewer=reviewer)
        if not result.files:
            raise CommandError(f"{path} holds no content files.")
        for line in result.done:
            self.stdout.write(line)
        for fault in [*result.losses, *result.faults]:
            self.stderr.write(str(fault))
        if not result.knows_reviewer:
            raise CommandError(f"--reviewer: there is no clinician '{reviewer}'. {_imported(result)}")
        if result.faults:
            broken = len({fault.file for fault in result.faults})
            raise CommandError(f"{broken} of {result.files} files not imported.")


def _imported(result: Result) -> str:
    """The reviewer's own file may be one that is refused."""
    return "Only what stands above was imported." if result.done else "Nothing was imported."
