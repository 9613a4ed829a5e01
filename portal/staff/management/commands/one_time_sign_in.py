"""Prints addresses that sign somebody in once: how `make run` lets you in without a password, as a person of each role."""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from directory.models import Clinician, Department
from portal.staff.sign_in import one_time_token

# Fictional, like everybody in `sample/`; none of them has a password.
PEOPLE = {
    "editor": ("edie", "Edie", "Example"),
    "clinical reviewer": ("ana", "Ana", "Example"),
    "coordinator": ("cory", "Cory", "Sample"),
    "coordinator lead": ("lena", "Lena", "Specimen"),
    "privacy officer": ("priya", "Priya", "Placeholder"),
    "administrator": ("adam", "Adam", "Demo"),
}
REVIEWS_AS, COORDINATES = "ana-example", "pediatric-rheumatology"


class Command(BaseCommand):
    help = "Prints links that sign in once, within 24 hours: the user “admin” and a sample person of each role."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default="http://127.0.0.1:8000", help="the site’s address, before the path")
        parser.add_argument("--user", help="a link for this staff member alone, who must have an account")

    def handle(self, *args: Any, address: str, user: str | None = None, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("This site has a public host. Make staff accounts with `manage.py createsuperuser`.")
        if user:
            who = User.objects.filter(username=user, is_staff=True, is_active=True).first()
            if not who:
                raise CommandError(f"No staff member has the name {user!r}.")
            self._print(user, address, who)
            return
        self.stdout.write("  Staff sign-in, each link once, within 24 hours:")
        self._print(
            "everything", address, User.objects.filter(username="admin").first() or User.objects.create_superuser("admin")
        )
        for role, names in PEOPLE.items():
            self._print(role, address, sample_person(role, *names))

    def _print(self, label: str, address: str, user: User) -> None:
        link = reverse("one_time_sign_in", args=[urlsafe_base64_encode(force_bytes(user.pk)), one_time_token.make_token(user)])
        self.stdout.write(f"  {label:<18} {address.rstrip('/')}{link}")


@transaction.atomic
def sample_person(role: str, username: str, first_name: str, last_name: str) -> User:
    """Made if missing. The reviewer is a clinician of the sample; the coordinator has a department of it."""
    facts = {"first_name": first_name, "last_name": last_name, "is_staff": True, "password": make_password(None)}
    user, made = User.objects.get_or_create(username=username, defaults=facts)
    if made:
        user.groups.set(Group.objects.filter(name=role))
        if role == "clinical reviewer":
            Clinician.objects.filter(slug=REVIEWS_AS, user=None).update(user=user)
        if role == "coordinator":
            user.coordinated_departments.set(Department.objects.filter(slug=COORDINATES))
    return user
