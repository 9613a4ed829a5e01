"""Registers `portal.staff`: accounts, roles and the admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class StaffConfig(AppConfig):
    name = "portal.staff"


class PortalAdminConfig(AdminConfig):
    default_site = "portal.staff.admin_site.PortalAdminSite"
