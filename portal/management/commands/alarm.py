"""`manage.py alarm UNIT`: tells the operators by mail that something failed. Called by `OnFailure=` (deploy/systemd)."""

import socket
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Needs no database, which may be what failed. Of what went wrong it says nothing: the log may name people."""

    help = "Mail OPERATOR_MAIL that a unit failed, and where its log is."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("unit")

    def handle(self, *args: Any, unit: str, **options: Any) -> None:
        host = socket.gethostname()
        subject = f"{settings.SITE_NAME}: {unit} failed on {host}"
        if not settings.OPERATOR_MAIL:
            raise CommandError(f"{subject}. Nobody was told: set OPERATOR_MAIL.")
        text = f"{subject}.\n\nRead why on that machine: journalctl --unit={unit} --since=-1d\nWhat to do: docs/operating.md\n"
        send_mail(subject, text, None, settings.OPERATOR_MAIL)
