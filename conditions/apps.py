"""Registers `conditions`."""

from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    """The app `conditions`; tells the search what of it can be found."""

    name = "conditions"

    def ready(self) -> None:
        """Registers the search source once."""
        from conditions.findable import SOURCES
        from foundation.search.actions import register

        for source in SOURCES:
            register(source)
