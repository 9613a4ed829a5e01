"""Registers `foundation.publishing`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class PublishingConfig(AppConfig):
    """The app `publishing`; keeps the picture library complete and the content counted."""

    name = "foundation.publishing"
    label = "publishing"

    def ready(self) -> None:
        """After each `migrate` the library is filled up, and the triggers that count changes are in place."""
        from foundation.publishing.counting import put_in_place, take_away
        from foundation.publishing.library import fill

        pre_migrate.connect(take_away, sender=self)
        post_migrate.connect(fill, sender=self)
        post_migrate.connect(put_in_place, sender=self)
