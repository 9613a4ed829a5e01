"""Registers `foundation.audit`."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The app `audit`."""

    name = "foundation.audit"
    label = "audit"
