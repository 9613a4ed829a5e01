"""`manage.py createsuperuser`: Django's, and whoever watches over rights is told. In this room, the first, so that it is found first."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.models import User

from portal.staff.invitations import address_of, renew
from portal.staff.rights import tell


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the link that sets up the second factor, without which nobody enters."""
        before = set(User.objects.values_list("pk", flat=True))
        super().handle(*args, **options)
        for account in User.objects.filter(is_superuser=True).exclude(pk__in=before):
            tell(by="createsuperuser", verb="made a superuser of", obj=account)
            link = renew(account=account, by="createsuperuser")
            if link:
                self.stdout.write(f"Password and second factor are set here, once, within three days:\n{address_of(link)}")
