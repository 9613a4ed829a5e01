from typing import Any

from foundation.audit.actions import export_head
from foundation.nightly.command import NightlyCommand


class Command(NightlyCommand):
    help = "Append number and hash of the last audit record to the file AUDIT_HEADS, and print the line."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(export_head())
