"""What keeps people’s data private. Here: how often somebody did something, without keeping who; and who knows which keys."""

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


class KeyHolder(models.Model):
    """A process that can open what is sealed, and the names of the keys that it knew when it was seen last."""

    role = models.CharField(max_length=40)
    machine = models.CharField(max_length=150)
    number = models.PositiveIntegerField()  # of the process, on its machine
    names = models.JSONField(default=list)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["machine", "number"], name="privacy_one_row_a_process")]

    def __str__(self) -> str:
        return f"{self.role} {self.number} on {self.machine.partition(' ')[0]} (seen {self.seen_at:%H:%M} UTC)"
