"""The project's own app (pages without a room of their own) and its admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    """Home, search, health, errors, sitemaps."""

    name = "portal"

    def ready(self) -> None:
        """Listens to what people do with their second factors, and to texts that are saved with links in them; says what readers see."""
        from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset, authenticator_used

        from portal.accounts import factor_changed, factor_used

        for signal in (authenticator_added, authenticator_removed, authenticator_reset):
            signal.connect(factor_changed)
        authenticator_used.connect(factor_used)
        from foundation.outbox.actions import register
        from foundation.outbox.rights import KIND
        from foundation.publishing import counting, links
        from portal.links import KNOWN
        from portal.rights import compose
        from portal.shown import SHOWN

        register(KIND, compose)
        links.register(*KNOWN)
        links.listen()
        counting.register(*SHOWN)


class PortalAdminConfig(AdminConfig):
    """Django's admin with our site."""

    default_site = "portal.admin_site.PortalAdminSite"
