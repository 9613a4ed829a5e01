"""Registers `conditions`."""

from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    """The app `conditions`; tells search, picture library and outbox what they need to know of it."""

    name = "conditions"
    audit_values = dict.fromkeys(
        ["condition", "conditionname", "conditioncode", "edition", "section", "source", "glossaryterm", "plainword"], ("*",)
    )

    def ready(self) -> None:
        """Registers each once."""
        from conditions.models import Section
        from conditions.picture_replacement import REPLACER
        from conditions.review_mails import KIND, compose
        from conditions.search_entries import SOURCES
        from foundation.outbox.actions import register as register_mail
        from foundation.pictures import library
        from foundation.search.actions import register

        for source in SOURCES:
            register(source)
        library.register(Section, REPLACER)
        register_mail(KIND, compose)
