from typing import Any

from foundation.nightly.command import NightlyCommand
from foundation.pictures.library import make_avif


class Command(NightlyCommand):
    """About four seconds of one core for each new picture, which nobody should wait for while uploading."""

    help = "Makes the smaller files of new pictures (AVIF). Run it daily; until then readers get WebP."

    def handle(self, *args: Any, **options: Any) -> None:
        count = make_avif()
        if count and options["verbosity"]:
            self.stdout.write(f"pictures: {count} files")
