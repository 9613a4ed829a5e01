"""The project's own app: pages without a room of their own."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    """Home, search, health, errors, sitemaps."""

    name = "portal"

    def ready(self) -> None:
        """The models of all apps are there: each app's `startup.py` registers what others call it for."""
        autodiscover_modules("startup")
