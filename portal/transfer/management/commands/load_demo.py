from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from conditions.models import Condition
from directory.models import Location

REVIEWER = "ana-example"


class Command(BaseCommand):
    """Running it again changes nothing that is as it was."""

    help = "Load the sample site (fictional people, sample content)."

    def add_arguments(self, parser: CommandParser) -> None:
        """`make run` asks for an empty site, so that it never touches a hospital's own."""
        parser.add_argument("--if-empty", action="store_true", help="do nothing if the site has any content")

    def handle(self, *args: Any, if_empty: bool, **options: Any) -> None:
        """Publishes everything in the name of a fictional clinician."""
        if if_empty and (Location.objects.exists() or Condition.objects.exists()):
            self.stdout.write("The site has content already.")
            return
        sample = settings.BASE_DIR / "sample"
        call_command("import_content", sample, publish=True, reviewer=REVIEWER, stdout=self.stdout, stderr=self.stderr)
