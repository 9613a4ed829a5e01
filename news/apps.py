"""Registers `news`."""

from django.apps import AppConfig


class NewsConfig(AppConfig):
    name = "news"

    def ready(self) -> None:
        from foundation.search.actions import register
        from news.search_entries import SOURCES

        for source in SOURCES:
            register(source)
