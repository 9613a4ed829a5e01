"""Registers `foundation.publishing`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PublishingConfig(AppConfig):
    """The app `publishing`; keeps the picture library complete."""

    name = "foundation.publishing"
    label = "publishing"

    def ready(self) -> None:
        """After each `migrate` the library is filled up."""
        from foundation.publishing.library import fill

        post_migrate.connect(fill, sender=self)
