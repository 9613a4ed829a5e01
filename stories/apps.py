"""Registers `stories`."""

from django.apps import AppConfig


class StoriesConfig(AppConfig):
    name = "stories"

    def ready(self) -> None:
        from foundation.search.actions import register
        from stories.search_entries import SOURCES

        for source in SOURCES:
            register(source)
