"""Registers `appointments`."""

from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    """The app `appointments`; tells the outbox how its messages are composed."""

    name = "appointments"

    def ready(self) -> None:
        """Registers the composers."""
        from appointments.messages import COMPOSERS
        from foundation.outbox.actions import register

        for kind, composer in COMPOSERS.items():
            register(kind, composer)
