"""The project's own app: pages without a room of their own."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Home, search, health, errors, sitemaps."""

    name = "portal"
