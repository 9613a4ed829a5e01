"""Earlier times: which families would like one, and which hours that came free were held for them beside their visit."""

from datetime import datetime
from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.models.request import Request
from appointments.models.time import OfferedTime
from foundation.privacy.fields import classify

MOST_SILENT = 3  # offers in a row without an answer, after which a family is left in peace


class EarlierWishQuerySet(models.QuerySet["EarlierWish"]):
    def waiting(self, now: datetime | None = None) -> Self:
        """Of families that have a visit ahead, the longest waiting for it first."""
        standing = OfferedTime.objects.standing(now).filter(request=OuterRef("request"), starts_at__gt=now or timezone.now())
        open_requests = self.filter(ended_at=None, request__status=Request.Status.CONFIRMED)
        return open_requests.filter(Exists(standing)).order_by("request__received_at", "pk")


class EarlierWish(models.Model):
    """A family with a visit would come sooner, with so much notice. Saying so again begins anew."""

    class Notice(models.IntegerChoices):
        """Days that a family needs between saying yes and coming. Nobody is asked with fewer than three."""

        THREE_DAYS = 3, _("Three days")
        WEEK = 7, _("One week")
        TWO_WEEKS = 14, _("Two weeks")

    request = models.OneToOneField(Request, on_delete=models.CASCADE, related_name="earlier_wish")
    notice_days = models.PositiveSmallIntegerField(_("notice they need"), choices=Notice, default=Notice.THREE_DAYS)
    since = models.DateTimeField(_("since"), default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    ended_at = models.DateTimeField(_("no longer, since"), null=True)

    columns = classify(plain="id request notice_days since by ended_at")

    objects = EarlierWishQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(notice_days__gte=3), name="appointments_notice_of_three_days")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.get_notice_days_display()}"

    def is_paused(self, now: datetime | None = None) -> bool:
        """Whether the last offers since they asked were all met by silence. Asks for the offers, prefetched in lists."""
        last = sorted((offer for offer in self.request.earlier_offers.all() if offer.at >= self.since), key=lambda o: o.at)
        return len(last) >= MOST_SILENT and all(offer.was_silent(now) for offer in last[-MOST_SILENT:])


class EarlierOfferQuerySet(models.QuerySet["EarlierOffer"]):
    def taken(self) -> Self:
        return self.with_taken().filter(is_taken=True)

    def with_taken(self) -> Self:
        """With `is_taken`: the family had its visit in that hour, however it said yes. One that staff undid took nothing's place."""
        visits = OfferedTime.objects.exclude(status__in=[OfferedTime.Status.OFFERED, OfferedTime.Status.RELEASED])
        visits = visits.filter(~Q(status=OfferedTime.Status.CANCELLED) | Q(replaces=OuterRef("instead_of")))
        same = {
            "request": OuterRef("request"),
            "clinician": OuterRef("time__clinician"),
            "starts_at": OuterRef("time__starts_at"),
        }
        return self.annotate(is_taken=Exists(visits.filter(**same)))


class EarlierOffer(models.Model):
    """An hour that somebody gave back, held for one family whose own visit (`instead_of`) stands meanwhile."""

    class Reason(models.TextChoices):
        """Why a family that does not wait longest comes first. A choice and not words, since it stays for ever."""

        URGENT = "urgent", _("A clinician says that this child comes first")
        CALLED = "called", _("The family that waits longer said no on the phone")
        NOT_REACHED = "not-reached", _("The family that waits longer cannot be reached in time")
        ASKED = "asked", _("This family asked for just this time")

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="earlier_offers")
    freed = models.ForeignKey(OfferedTime, on_delete=models.CASCADE, related_name="earlier_offers")
    time = models.OneToOneField(OfferedTime, on_delete=models.CASCADE, related_name="earlier_offer")
    instead_of = models.ForeignKey(OfferedTime, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    reason = models.CharField(_("why not the family that waits longest"), max_length=12, choices=Reason, blank=True)
    declined_at = models.DateTimeField(_("declined"), null=True)

    columns = classify(plain="id request freed time instead_of at by reason declined_at")

    objects = EarlierOfferQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["at"], name="appointments_earlier_by_day")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.time}"

    def was_silent(self, now: datetime | None = None) -> bool:
        """Whether it ran out with no answer. Asks for the time."""
        ran_out = self.time.ended_by == OfferedTime.Ended.BY_CLOCK or (
            self.time.status == OfferedTime.Status.OFFERED and not self.time.is_on_offer(now)
        )
        return self.time.status in {OfferedTime.Status.OFFERED, OfferedTime.Status.RELEASED} and ran_out
