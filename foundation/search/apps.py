"""Registers `foundation.search`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SearchConfig(AppConfig):
    """The app `search`."""

    name = "foundation.search"
    label = "search"

    def ready(self) -> None:
        from foundation.search.upgrade import rebuild_after_upgrade

        post_migrate.connect(rebuild_after_upgrade, sender=self)
