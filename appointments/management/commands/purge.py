from datetime import datetime, timedelta
from math import ceil
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from appointments.actions.privacy import erase_past_retention
from appointments.models import Draft, LegalHold, Request
from conditions.models import PageFeedback
from foundation.adminkit.models import SentForm, WorkingCopy
from foundation.nightly.command import NightlyCommand
from foundation.privacy.limits import LONGEST
from foundation.privacy.models import Attempts
from foundation.progress import bar
from foundation.search.models import Miss
from foundation.search.text import tidy

BATCH = 200  # requests whose families wait until they are written; all of them are erased, or none


class Command(NightlyCommand):
    """Any number of runs, one after another or at once, do the same as one."""

    help = "Erase closed requests after RETENTION_DAYS, and delete whatever else is kept for a time alone (docs/privacy.md)."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        due = Request.objects.ended_before(now - timedelta(days=settings.RETENTION_DAYS)).filter(erased_at=None)
        held = due.filter(pk__in=LegalHold.objects.standing().values("request"))
        due = due.exclude(pk__in=held.values("pk"))
        numbers = list(due.order_by("pk").values_list("pk", flat=True))
        starts = bar(range(0, len(numbers), BATCH), lambda: ceil(len(numbers) / BATCH), "erasing")
        # A transaction for each batch: a stop in the middle loses nothing, the next run goes on.
        erased = sum(erase_past_retention(due.filter(pk__in=numbers[start : start + BATCH])) for start in starts)
        deleted = {what: rows.delete()[0] for what, rows in self._ended(now).items()}
        tidy()
        self.stdout.write(f"{erased} requests erased. Deleted: {', '.join(f'{n} {what}' for what, n in deleted.items())}.")
        if kept := held.count():
            self.stdout.write(f"{kept} requests past their time are kept by a legal hold.")

    def _ended(self, now: datetime) -> dict[str, QuerySet[Any]]:
        sessions = Session.objects.filter(expire_date__gt=now)
        return {
            "drafts": Draft.objects.filter(expires_at__lte=now),
            "counts of attempts": Attempts.objects.filter(started_at__lt=now - 2 * LONGEST),
            "forms that were sent": SentForm.objects.forgotten(now),
            "unsaved words": WorkingCopy.objects.forgotten(now),
            "answers of readers": PageFeedback.objects.forgotten(),
            "searches without result": Miss.objects.forgotten(),
            "sessions": Session.objects.filter(expire_date__lte=now),
            "browsers of staff": UserSession.objects.exclude(session_key__in=sessions.values("session_key")),
        }
