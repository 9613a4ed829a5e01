"""Registers `foundation.pictures`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PicturesConfig(AppConfig):
    name = "foundation.pictures"

    def ready(self) -> None:
        from foundation.pictures.library import fill

        post_migrate.connect(fill, sender=self)
