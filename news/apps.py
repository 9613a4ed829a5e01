"""Registers `news`."""

from django.apps import AppConfig


class NewsConfig(AppConfig):
    """The app `news`; tells the search what of it can be found."""

    name = "news"
    audit_values = {"newsitem": ("*",)}

    def ready(self) -> None:
        """Registers the search source once."""
        from foundation.search.actions import register
        from news.search_entries import SOURCES

        for source in SOURCES:
            register(source)
