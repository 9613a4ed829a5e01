"""Registers `foundation.adminkit`."""

from django.apps import AppConfig


class AdminkitConfig(AppConfig):
    name = "foundation.adminkit"
