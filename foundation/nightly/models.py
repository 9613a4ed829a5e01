from typing import Any

from django.db import models
from django.utils import timezone


class NightlyRun(models.Model):
    """One row for each command that ever ran. `fault` is the kind of the last one, never its words."""

    name = models.CharField(max_length=40, unique=True)
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=60, blank=True)
    seconds = models.FloatField(default=0)  # that the last one took

    def __str__(self) -> str:
        return self.name

    @property
    def has_failed(self) -> bool:
        return self.failed_at is not None and (self.succeeded_at is None or self.failed_at > self.succeeded_at)


def keep(name: str, *, seconds: float, fault: BaseException | None = None) -> None:
    now = timezone.now()
    facts: dict[str, Any] = {"failed_at": now, "fault": type(fault).__name__} if fault else {"succeeded_at": now}
    NightlyRun.objects.update_or_create(name=name, defaults=facts | {"seconds": seconds})
