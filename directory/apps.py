"""Registers `directory`."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "directory"

    def ready(self) -> None:
        from directory.search_entries import SOURCES
        from foundation.search.actions import register

        for source in SOURCES:
            register(source)
