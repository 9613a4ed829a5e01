"""`manage.py alarm UNIT`: tells the operators by mail that something failed. Called by `OnFailure=` (deploy/systemd)."""

import os
import socket
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.outbox.actions import describe
from foundation.outbox.smtp import mail_goes_out


class Command(BaseCommand):
    """Needs no database, which may be what failed. Of what went wrong it says nothing: the log may name people.

    Ends with 78 (EX_CONFIG) where trying again later does not help, with 1 where it does: `portal-alarm@.service` goes by it.
    """

    help = "Mail OPERATOR_MAIL that a unit failed, and where its log is."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("unit")

    def handle(self, *args: Any, unit: str, **options: Any) -> None:
        subject = f"{settings.SITE_NAME}: {unit} failed on {socket.gethostname()}"
        lacking = [] if settings.OPERATOR_MAIL else ["OPERATOR_MAIL"]
        if not mail_goes_out():
            lacking.append("EMAIL_URL")
        if lacking:
            raise CommandError(f"{subject}. Nobody was told: set {' and '.join(lacking)}.", returncode=os.EX_CONFIG)
        text = f"{subject}.\n\nRead why on that machine: journalctl --unit={unit} --since=-1d\nWhat to do: docs/operating.md\n"
        try:
            send_mail(subject, text, None, settings.OPERATOR_MAIL)
        except OSError as fault:  # what SMTP says is one too
            raise CommandError(f"{subject}. Nobody was told: the mail server did not take it ({describe(fault)}).") from fault
