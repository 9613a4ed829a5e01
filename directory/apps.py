"""Registers `directory`."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """The app `directory`; tells the search what of it can be found."""

    name = "directory"
    audit_values = dict.fromkeys(["department", "openinghours", "closure", "location", "room", "clinician"], ("*",))

    def ready(self) -> None:
        """Registers the search source once."""
        from directory.search_entries import SOURCES
        from foundation.search.actions import register

        for source in SOURCES:
            register(source)
