"""`manage.py sign_in_link NAME`: for who lost password and second factor, where no administrator is left to send a link."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.staff.invitations import address_of, renew


class Command(BaseCommand):
    help = "Take away somebody’s second factors, and print a link that sets password and second factor anew, once, within three days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the user name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        account = User.objects.filter(username=name, is_staff=True, is_active=True).first()
        if account is None:
            raise CommandError(f"No staff member has the name {name!r}.")
        factors = Authenticator.objects.filter(user=account)
        link = renew(account=account, by="sign_in_link", factors=factors, reason="the command sign_in_link")
        if link:
            self.stdout.write(address_of(link))
