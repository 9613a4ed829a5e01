"""Registers `foundation.links`."""

from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "foundation.links"

    def ready(self) -> None:
        """Keeps the index of links with every text that is saved."""
        from foundation.links import link_index

        link_index.listen()
