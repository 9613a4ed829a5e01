from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from foundation.audit.actions import exported_heads, faults
from foundation.audit.models import Record
from foundation.nightly.command import NightlyCommand


class Command(NightlyCommand):
    """Exit code 1 and one line per fault, if there is any."""

    help = "Check the audit record: every row unaltered, none missing, and each exported head among them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at-least", type=int, default=1, metavar="N", help="how many records were there when you last looked (1)"
        )

    def handle(self, *args: Any, at_least: int, **options: Any) -> None:
        heads = exported_heads()
        found = list(faults(heads))
        count = Record.objects.count()
        if count < at_least:
            found.append(f"there are {count} records, and {at_least} at least should be")
        if found:
            raise CommandError("The audit record does not hold:\n" + "\n".join(found))
        self.stdout.write(f"{count} audit records, all unaltered. Exported heads among them: {len(heads)}.")
