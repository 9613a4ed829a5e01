"""Registers `foundation.pages`."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "foundation.pages"
