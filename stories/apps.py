"""Registers `stories`."""

from django.apps import AppConfig


class StoriesConfig(AppConfig):
    """The app `stories`; tells the search what of it can be found."""

    name = "stories"

    def ready(self) -> None:
        """Registers the search source once."""
        from stories.findable import SOURCES
        from foundation.search.actions import register

        for source in SOURCES:
            register(source)
