"""Registers `appointments`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class AppointmentsConfig(AppConfig):
    """The app `appointments`; tells the outbox how its messages are composed, and makes the staff's roles."""

    name = "appointments"

    def ready(self) -> None:
        """Registers the composers once; roles are made after each `migrate`, when their permissions exist."""
        from appointments.messages import COMPOSERS
        from appointments.roles import make_roles, remember
        from foundation.outbox.actions import register

        for kind, composer in COMPOSERS.items():
            register(kind, composer)
        pre_migrate.connect(remember, sender=self)
        post_migrate.connect(make_roles, sender=self)
