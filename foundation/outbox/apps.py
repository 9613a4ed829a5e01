"""Registers `foundation.outbox`."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """The app `outbox`."""

    name = "foundation.outbox"
    label = "outbox"
