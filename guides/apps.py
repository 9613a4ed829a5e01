from django.apps import AppConfig


class GuidesConfig(AppConfig):
    name = "guides"
    audit_values = {"guide": ("*",), "guidetext": ("*",), "notice": ("*",)}
