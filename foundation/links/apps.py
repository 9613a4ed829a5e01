"""Registers `foundation.links`."""

from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "foundation.links"
