"""Registers `foundation.upkeep`."""

from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    name = "foundation.upkeep"
    label = "upkeep"
    audit_values = {"tag": ("*",)}
