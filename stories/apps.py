from django.apps import AppConfig


class StoriesConfig(AppConfig):
    name = "stories"
    # Of stories not the families' words: they have a history of their own.
    audit_values = {"story": ["title", "slug", "language", "conditions", "publish_at", "expires_at", "is_sample", "picture"]}
