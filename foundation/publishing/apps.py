"""Registers `foundation.publishing`."""

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """The app `publishing`."""

    name = "foundation.publishing"
    label = "publishing"
