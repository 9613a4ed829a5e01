"""Registers `foundation.pictures`."""

from django.apps import AppConfig


class PicturesConfig(AppConfig):
    name = "foundation.pictures"
