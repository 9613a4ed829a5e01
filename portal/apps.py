from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Home, search, health, errors, sitemaps."""

    name = "portal"
