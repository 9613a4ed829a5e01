"""Messages that wait in the database until they are delivered: what and about which row, never the words."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LEASE = timedelta(minutes=3)  # a sender that says nothing for this long is dead; a sending has ten steps of EMAIL_TIMEOUT each
GIVE_UP = timedelta(hours=72)
MOST_UNCERTAIN = 3  # copies that a reader may get of one message from a server that never says whether it took it


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime | None = None) -> Self:
        """Waiting, their moment has come, and nobody living holds them; oldest first."""
        now = now or timezone.now()
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        return self.filter(free, status=Message.Status.WAITING, next_try_at__lte=now).order_by("next_try_at", "pk")

    def hold(self, *, until: datetime | None = None) -> int:
        """What waits stays until somebody has looked at it; with `until` what was to leave by then. How many they are."""
        waiting = self.filter(status=Message.Status.WAITING)
        if until:
            waiting = waiting.filter(leave_at__lte=until)
        return waiting.update(status=Message.Status.HELD, leased_until=None)


class Message(models.Model):
    """One message to one reader. Made in the transaction of what it tells; composed when it is sent.

    `kind` names a composer (`outbox.actions.register`), `object_id` the row it is about. `message_id` stays the same over
    all tries, so that a mail program can tell a second copy.
    """

    class Status(models.TextChoices):
        """Dropped: no longer true when its turn came, such as a reminder of a cancelled visit.

        Held: of a restored backup, so it was perhaps sent since then; it waits until somebody has looked.
        """

        WAITING = "waiting", _("Waiting")
        HELD = "held", _("Held, from a backup")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("No longer needed")

    kind = models.CharField(_("message"), max_length=40)
    object_id = models.BigIntegerField(_("about"), db_index=True)
    detail = models.JSONField(default=dict, help_text=_("Row numbers that the composer needs. Never personal data."))
    language = models.CharField(_("language"), max_length=10, default="en")
    once = models.CharField(
        max_length=60, unique=True, null=True, help_text=_("What this message is for, where it may only be posted once.")
    )
    message_id = models.CharField(max_length=120, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    leave_at = models.DateTimeField(_("leaves"), default=timezone.now, help_text=_("Given up 72 hours later."))
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    uncertain = models.PositiveSmallIntegerField(
        _("perhaps sent"), default=0, db_default=0, help_text=_("How often the mail server fell silent after it had the text.")
    )
    request_id = models.CharField(
        max_length=9, blank=True, db_default="", help_text=_("What made it, as the log names it. It goes along in the mail.")
    )
    sent_at = models.DateTimeField(_("sent"), null=True)
    last_fault = models.CharField(_("last fault"), max_length=60, blank=True, help_text=_("The kind of fault, not its text."))

    about: Any = None  # the row that it is about, where the fetcher of its kind has found it
    number: int | None = None  # of the last audit record when it was fetched

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [models.Index(fields=["status", "next_try_at"], name="outbox_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | ~Q(status="sent") & Q(sent_at=None),
                name="outbox_sent_says_when",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def state(self) -> str:
        perhaps = self.uncertain and self.status == self.Status.FAILED
        return str(_("Failed, perhaps sent") if perhaps else self.get_status_display())
