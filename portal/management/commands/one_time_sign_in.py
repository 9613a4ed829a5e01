"""Prints an address that signs in the administrator once: how `make run` lets you in without a password."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from portal.accounts import one_time_token


class Command(BaseCommand):
    """Only for a site on this machine."""

    help = "Prints a link that signs in the user “admin” once, within 24 hours. Makes the user if there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the site is served."""
        parser.add_argument("--address", default="http://127.0.0.1:8000", help="the site’s address, before the path")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses where other machines can reach the site."""
        if not settings.LOCAL:
            raise CommandError("This site has a public host. Make staff accounts with `manage.py createsuperuser`.")
        user = User.objects.filter(username="admin").first() or User.objects.create_superuser("admin")
        link = reverse("one_time_sign_in", args=[urlsafe_base64_encode(force_bytes(user.pk)), one_time_token.make_token(user)])
        self.stdout.write(f"  Staff sign-in:   {options['address'].rstrip('/')}{link} (works once, within 24 hours)")
