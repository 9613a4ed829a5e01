"""What the commands have in common that run every night (`NIGHTLY` in the settings)."""

import logging
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error

from foundation.nightly.models import keep

log = logging.getLogger(__name__)


class NightlyCommand(BaseCommand):
    """Leaves a note of each run, however it is started, so that `/readyz` and `/metrics` tell when one is missing."""

    def is_nightly_run(self, **options: Any) -> bool:
        """Whether these options ask for what is done every night, and not for something beside it."""
        return True

    def execute(self, *args: Any, **options: Any) -> str | None:
        if not self.is_nightly_run(**options):
            return super().execute(*args, **options)
        name, began = self.__module__.rpartition(".")[2], monotonic()
        try:
            output = super().execute(*args, **options)
        except BaseException as fault:
            try:
                keep(name, seconds=monotonic() - began, fault=fault)
            except Error as silence:
                log.warning("no note of the run of %s was left: %s", name, type(silence).__name__)
            raise
        keep(name, seconds=monotonic() - began)
        return output
