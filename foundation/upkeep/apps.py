from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    name = "foundation.upkeep"
    audit_values = {"tag": ("*",)}
