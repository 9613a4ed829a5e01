"""`manage.py verify_audit`: checks that no audit record was altered or removed."""

from typing import Any

from django.core.management.base import CommandError

from foundation.audit.actions import faults
from foundation.audit.models import Record
from foundation.nightly.command import NightlyCommand


class Command(NightlyCommand):
    """Exit code 1 and one line per fault, if there is any."""

    help = "Check the audit record: every row unaltered, none missing."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(faults())
        if found:
            raise CommandError("The audit record does not hold:\n" + "\n".join(found))
        self.stdout.write(f"{Record.objects.count()} audit records, all unaltered.")
