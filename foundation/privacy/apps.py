"""Registers `foundation.privacy`."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """The app `privacy`; refuses to start with a key ring that cannot seal."""

    name = "foundation.privacy"
    label = "privacy"

    def ready(self) -> None:
        from foundation.privacy.keys import ring

        ring()
