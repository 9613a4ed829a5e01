from typing import Any

from django.core.management.base import BaseCommand

from foundation.search.findable import rebuild
from foundation.search.models import Entry


class Command(BaseCommand):
    """Needed only after rows were changed behind the software's back."""

    help = "Make the search table anew from the content."

    def handle(self, *args: Any, **options: Any) -> None:
        """One transaction: visitors see the old table until the new one is whole."""
        rebuild()
        self.stdout.write(f"{Entry.objects.count()} entries.")
