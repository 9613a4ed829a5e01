"""Registers `foundation.search`."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """The app `search`."""

    name = "foundation.search"
    label = "search"
