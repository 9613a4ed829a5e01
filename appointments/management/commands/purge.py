"""`manage.py purge`: forgets what is no longer needed. Run it every night."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from appointments.actions.privacy import Reason, erase
from appointments.models import Draft, LegalHold, Request
from foundation.adminkit.models import SentForm, WorkingCopy
from foundation.nightly.command import NightlyCommand
from foundation.privacy.limits import LONGEST
from foundation.privacy.models import Attempts
from foundation.progress import bar
from foundation.search.text import tidy
from foundation.workflow import Refused


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

    def _erase_requests(self, rows: QuerySet[Request]) -> int:
        """One transaction per request: a stop in the middle loses nothing, the next run goes on."""
        erased = 0
        for request in bar(rows.select_related("department").order_by("pk").iterator(chunk_size=500), rows.count, "erasing"):
            try:
                erase(request, by="purge", reason=Reason.RETENTION)
            except Refused:  # opened again, or held, this very moment
                continue
            erased += 1
        return erased
