"""Links in what we publish: which text points where, so that a rename, a withdrawal or a dead address is seen."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.prose.days import midnight


class Link(models.Model):
    """One address in one field of one row, written anew whenever the row is saved.

    An address of our own is kept with what it led to when it was written: `target_kind` ("app.model") and `target_id`.
    """

    kind = models.CharField(max_length=100)
    object_id = models.BigIntegerField()
    field = models.CharField(max_length=40)
    url = models.CharField(_("address"), max_length=500)
    target_kind = models.CharField(max_length=100, blank=True)
    target_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        # None on the address: PostgreSQL would walk it in order, and ask of every link whether it is broken.
        indexes = [models.Index(fields=["target_kind", "target_id"], name="links_link_target")]
        constraints = [models.UniqueConstraint(fields=["kind", "object_id", "field", "url"], name="links_link_once")]

    def __str__(self) -> str:
        return self.url


class OutsideAddressQuerySet(models.QuerySet["OutsideAddress"]):
    """Questions to outside addresses. Days are the site's calendar."""

    def due(self, now: datetime | None = None) -> Self:
        """To be asked today: never asked yet, those that failed daily, the others once a week; longest ago first."""
        today = midnight(timezone.localdate(now))
        failed = Q(checked_at__lt=today) & ~Q(fault="")
        found = self.filter(Q(checked_at=None) | failed | Q(checked_at__lt=today - timedelta(days=6)))
        return found.order_by(F("checked_at").asc(nulls_first=True), "pk")

    def reported(self) -> Self:
        """With a fault on two days at least, which a server that rests for a night has not; and not set aside."""
        return self.filter(ignored=False, checked_at__gt=F("failing_since")).exclude(fault="")


class OutsideAddress(models.Model):
    """An address elsewhere and what `check_links` last found there. `fault` is empty while it answers.

    `failing_since` is the first failure; one that fails is not asked again on the same day.
    """

    url = models.CharField(_("address"), max_length=500, unique=True)
    checked_at = models.DateTimeField(_("checked"), null=True)
    fault = models.CharField(_("what is wrong"), max_length=200, blank=True)
    failing_since = models.DateTimeField(_("since"), null=True)
    ignored = models.BooleanField(_("do not report"), default=False)

    objects = OutsideAddressQuerySet.as_manager()

    class Meta:
        ordering = ["url"]
        verbose_name = _("outside address")
        verbose_name_plural = _("outside addresses")

    def __str__(self) -> str:
        return self.url

    def keep_check(self, fault: str) -> None:
        self.checked_at = timezone.now()
        self.failing_since = (self.failing_since or self.checked_at) if fault else None
        self.fault = fault
        facts = {name: getattr(self, name) for name in ("checked_at", "failing_since", "fault")}
        OutsideAddress.objects.filter(pk=self.pk).update(**facts)  # it may be gone from every text by now
