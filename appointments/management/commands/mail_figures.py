"""`manage.py mail_figures`: tells coordinator leads on Monday how last week went. Run it every night, or on Mondays."""

from typing import Any

from appointments.figures_mail import post_mails
from foundation.nightly.command import NightlyCommand


class Command(NightlyCommand):
    """Any number of runs in a week post one mail for each lead; `deliver` sends it."""

    help = "Post the weekly line of figures to everybody who may see how the departments are doing."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{post_mails()} mails posted.")
