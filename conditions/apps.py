"""Registers `conditions`."""

from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    name = "conditions"
    audit_values = dict.fromkeys(
        [
            *("condition", "conditionname", "conditioncode", "edition", "section", "source", "translation"),
            *("glossaryterm", "plainword", "medicinewarning"),
        ],
        ("*",),
    )

    def ready(self) -> None:
        from conditions import review_mails, turn_mails
        from conditions.models import Section
        from conditions.picture_replacement import REPLACER
        from foundation.outbox.actions import register as register_mail
        from foundation.pictures import library

        library.register(Section, REPLACER)
        register_mail(review_mails.KIND, review_mails.compose)
        register_mail(turn_mails.KIND, turn_mails.compose)
