"""Registers `foundation.privacy`."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """The app `privacy`."""

    name = "foundation.privacy"
    label = "privacy"
