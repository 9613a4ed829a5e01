"""Registers `conditions`."""

from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    """The app `conditions`; tells search, picture library and outbox what they need to know of it."""

    name = "conditions"

    def ready(self) -> None:
        """Registers each once."""
        from conditions.findable import SOURCES
        from conditions.models import Section
        from conditions.replacing import REPLACER
        from conditions.reviews import KIND, compose
        from foundation.outbox.actions import register as register_mail
        from foundation.publishing import library
        from foundation.search.actions import register

        for source in SOURCES:
            register(source)
        library.register(Section, REPLACER)
        register_mail(KIND, compose)
