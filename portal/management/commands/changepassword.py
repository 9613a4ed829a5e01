"""`manage.py changepassword`: Django's, and whoever watches over rights is told. In this room, the first, so that it is found first."""

from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.contrib.auth.models import User

from portal.staff.rights import tell


class Command(changepassword.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        before = dict(User.objects.values_list("pk", "password"))
        answer = super().handle(*args, **options)
        for account in User.objects.all():
            if before.get(account.pk) != account.password:
                tell(by="changepassword", verb="set a password for", obj=account)
        return answer
