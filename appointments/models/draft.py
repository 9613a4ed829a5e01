"""What a family has typed so far, kept for 24 hours so that nothing is lost."""

import json
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from foundation.privacy.fields import SealedField, SealedModel, classify

KEPT = timedelta(hours=24)


class Draft(SealedModel):
    """The answers of one browser, found by the hash of the random id in its cookie.

    That id is also the idempotency key: `Request.draft_key` is unique, so a repeated submit finds the request it made.
    """

    key = models.CharField(max_length=64, unique=True)
    answers = SealedField(default="{}")
    expires_at = models.DateTimeField(db_index=True)

    columns = classify(plain="id seal_id seal_version key expires_at", personal="answers")

    def __str__(self) -> str:
        return f"draft {self.pk}"

    def read(self) -> dict[str, dict[str, Any]]:
        return dict(json.loads(self.answers or "{}"))

    def write(self, answers: dict[str, dict[str, Any]]) -> None:
        """Keeps the answers for 24 hours from now. Saves."""
        self.answers = json.dumps(answers, ensure_ascii=True)
        self.expires_at = timezone.now() + KEPT
        self.save()
