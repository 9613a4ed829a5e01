"""`manage.py purge`: forgets what is no longer needed. Run it every night."""

from datetime import timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from appointments.actions.privacy import erase_past_retention
from appointments.models import Draft, LegalHold, Request
from foundation.adminkit.models import SentForm, WorkingCopy
from foundation.nightly.command import NightlyCommand
from foundation.privacy.limits import LONGEST
from foundation.privacy.models import Attempts
from foundation.progress import bar
from foundation.search.text import tidy

BATCH = 200  # requests whose families wait until they are written; all of them are erased, or none


class Command(NightlyCommand):
    """Any number of runs, one after another or at once, do the same as one."""

    help = "Erase closed requests after RETENTION_DAYS, expired drafts, old counts of attempts and words of removed pages."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        due = Request.objects.ended_before(now - timedelta(days=settings.RETENTION_DAYS)).filter(erased_at=None)
        held = due.filter(pk__in=LegalHold.objects.standing().values("request"))
        erased = self._erase_requests(due.exclude(pk__in=held.values("pk")))
        drafts = Draft.objects.filter(expires_at__lte=now).delete()[0]
        attempts = Attempts.objects.filter(started_at__lt=now - 2 * LONGEST).delete()[0]
        SentForm.objects.forgotten(now).delete()
        WorkingCopy.objects.forgotten(now).delete()
        tidy()
        self.stdout.write(f"{erased} requests erased, {drafts} drafts and {attempts} counts of attempts deleted.")
        if kept := held.count():
            self.stdout.write(f"{kept} requests past their time are kept by a legal hold.")

    def _erase_requests(self, due: QuerySet[Request]) -> int:
        """A transaction for each batch: a stop in the middle loses nothing, the next run goes on."""
        numbers = list(due.order_by("pk").values_list("pk", flat=True))
        starts = bar(range(0, len(numbers), BATCH), lambda: ceil(len(numbers) / BATCH), "erasing")
        return sum(erase_past_retention(due.filter(pk__in=numbers[start : start + BATCH])) for start in starts)
