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
