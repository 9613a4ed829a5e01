"""Registers `conditions`."""

from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    name = "conditions"
    audit_values = dict.fromkeys(
        [
            *("condition", "conditionname", "conditioncode", "edition", "section", "source"),
            *("glossaryterm", "plainword", "medicinewarning"),
        ],
        ("*",),
    )

    def ready(self) -> None:
        from conditions.models import Section
        from conditions.picture_replacement import REPLACER
        from conditions.review_mails import KIND, compose
        from foundation.outbox.actions import register as register_mail
        from foundation.pictures import library

        library.register(Section, REPLACER)
        register_mail(KIND, compose)
