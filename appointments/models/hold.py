from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from appointments.models.request import Request
from foundation.privacy.columns import classify
from foundation.privacy.fields import SealedField, SealedModel


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def standing(self, today: date | None = None) -> Self:
        """Neither lifted nor past their last day, in the site's calendar."""
        return self.filter(lifted_at=None, until__gte=today or timezone.localdate())


class LegalHold(SealedModel):
    """While one stands, nobody erases its request, and neither does the retention period."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="holds")
    reason = SealedField(_("why"))
    until = models.DateField(_("last day"))
    placed_at = models.DateTimeField(_("placed"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True)

    columns = classify(plain="id seal_id seal_version request until placed_at by lifted_at", personal="reason")

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["until"], condition=Q(lifted_at=None), name="appointments_hold_standing")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.until}"

    @property
    def last_day(self) -> str:
        """Like “8 Sep 2026”."""
        return date_format(self.until, "j M Y")
