"""The project's own app (pages without a room of their own) and its admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    """Home, search, health, errors, sitemaps."""

    name = "portal"


class PortalAdminConfig(AdminConfig):
    """Django's admin with our site."""

    default_site = "portal.admin_site.PortalAdminSite"
