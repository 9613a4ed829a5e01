from django.apps import AppConfig


class NewsConfig(AppConfig):
    name = "news"
    audit_values = {"newsitem": ("*",)}
