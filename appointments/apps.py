"""Registers `appointments`."""

from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "appointments"

    def ready(self) -> None:
        from appointments.messages import COMPOSERS
        from foundation.outbox.actions import register

        for kind, composer in COMPOSERS.items():
            register(kind, composer)
