"""The project's own app: pages without a room of their own."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Home, search, health, errors, sitemaps."""

    name = "portal"

    def ready(self) -> None:
        """Names what can be linked to and what holds links; registers the checks."""
        import portal.checks  # noqa: F401
        from foundation.links import link_index
        from portal.link_targets import KNOWN

        link_index.register(*KNOWN)
