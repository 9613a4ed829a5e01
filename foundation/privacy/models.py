"""What keeps people's data private. Here: how often somebody did something, without keeping who."""

from django.db import models


class Attempts(models.Model):
    """How many times `who` (a keyed hash) did `what` in the window that began at `started_at` (UTC)."""

    what = models.CharField(max_length=40)
    who = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "who", "started_at"], name="privacy_attempts_unique")]

    def __str__(self) -> str:
        return f"{self.what} {self.count}"
