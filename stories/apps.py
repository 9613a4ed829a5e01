"""Registers `stories`."""

from django.apps import AppConfig


class StoriesConfig(AppConfig):
    """The app `stories`; tells the search what of it can be found."""

    name = "stories"
    # Of stories not the families' words: they have a history of their own.
    audit_values = {"story": ["title", "slug", "language", "conditions", "publish_at", "expires_at", "is_sample", "picture"]}

    def ready(self) -> None:
        """Registers the search source once."""
        from foundation.search.actions import register
        from stories.search_entries import SOURCES

        for source in SOURCES:
            register(source)
