"""Forms that were acted on, so that one that is sent twice is not acted on twice."""

from datetime import datetime, timedelta
from typing import Self

from django.contrib.messages.storage.cookie import MessageDecoder, MessageEncoder
from django.db import models
from django.utils import timezone

MOMENT = timedelta(minutes=1)
FORGOTTEN = timedelta(days=1)


class SentFormQuerySet(models.QuerySet["SentForm"]):
    def forgotten(self, now: datetime | None = None) -> Self:
        return self.filter(at__lt=(now or timezone.now()) - FORGOTTEN)

    def last_about(self, subject: str, now: datetime | None = None) -> "SentForm | None":
        """The last thing done with `subject`, if it was done a moment ago."""
        return self.filter(subject=subject, at__gte=(now or timezone.now()) - MOMENT).order_by("-pk").first()


class SentForm(models.Model):
    """One form that did something: `address` is where it led, `told` the messages that said what was done.

    `key` is a hash of who sent it, where to, and all that was sent; `words` the same without the form's own number.
    Of a family's form nothing but `key` is kept.
    """

    key = models.CharField(max_length=64, unique=True)
    words = models.CharField(max_length=64)
    subject = models.CharField(max_length=200, db_index=True, help_text="The address of what it is about.")
    at = models.DateTimeField(default=timezone.now)
    address = models.TextField(blank=True)
    told = models.JSONField(default=list, encoder=MessageEncoder, decoder=MessageDecoder)

    objects = SentFormQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.subject} {self.at}"
