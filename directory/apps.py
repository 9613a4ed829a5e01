"""Registers `directory`."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """The app `directory`; tells the search what of it can be found."""

    name = "directory"

    def ready(self) -> None:
        """Registers the search source once."""
        from directory.search_entries import SOURCES
        from foundation.search.actions import register

        for source in SOURCES:
            register(source)
