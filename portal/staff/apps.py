from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules


class StaffConfig(AppConfig):
    name = "portal.staff"

    def ready(self) -> None:
        """Of the last app: all others are ready, and each registers in its `startup.py` what others call it for."""
        autodiscover_modules("startup")


class PortalAdminConfig(AdminConfig):
    default_site = "portal.staff.admin_site.PortalAdminSite"
