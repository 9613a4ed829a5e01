"""Registers `foundation.nightly`."""

from django.apps import AppConfig


class NightlyConfig(AppConfig):
    name = "foundation.nightly"
