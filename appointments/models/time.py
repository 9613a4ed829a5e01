"""Times that are held, confirmed or free again. A held time is freed by the clock, not by a job."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.models.clinic_hours import Away
from appointments.models.request import MAY_LOOK, SEES_ALL, Request
from directory.models import Clinician, Closure, Department, Location, Room, check_zone
from foundation.privacy.fields import SealedField, SealedModel, classify
from foundation.prose.days import midnight

LEAST_NOTICE = timedelta(hours=72)  # between a family's yes and an earlier visit
LONG_HOLD, SHORT_HOLD = timedelta(hours=24), timedelta(hours=4)  # of an earlier time; the short one where the hour is near
LONGEST = timedelta(days=1)  # no time takes longer, by far: whatever overlaps an hour began within a day before it
LATE = timedelta(hours=24)  # before a visit: who gives it up later leaves the hour empty

AGREED = ["confirmed", "came", "missed", "over"]  # visits that stand, or took their place in the day


# To build these takes longer than to ask them, and every page of staff does: each is made once (decision 70).
@cache
def _is_away() -> Exists:
    """The clinician of a time, on its day."""
    day = OuterRef("starts_at__date")
    return Exists(Away.objects.filter(clinician=OuterRef("clinician"), first_day__lte=day, last_day__gte=day))


@cache
def _is_closed() -> Exists:
    """The department of a time, or all of them."""
    whose = Q(department=None) | Q(department=OuterRef("request__department"))
    return Exists(Closure.objects.filter(whose, day=OuterRef("starts_at__date")))


@cache
def _works_there() -> Exists:
    """The clinician of a time, in the department of its request."""
    return Exists(Clinician.objects.filter(pk=OuterRef("clinician"), departments=OuterRef("request__department")))


def _is_taken(now: datetime) -> Q:
    offered = Q(status=OfferedTime.Status.OFFERED, expires_at__gt=now)
    return offered | Q(status=OfferedTime.Status.CONFIRMED)


class OfferedTimeQuerySet(models.QuerySet["OfferedTime"]):
    def taken(self, now: datetime | None = None) -> Self:
        """Those that block a clinician, a room or a child: confirmed, or offered and not yet expired."""
        return self.filter(_is_taken(now or timezone.now()))

    def overlapping(self, starts_at: datetime | OuterRef, ends_at: datetime | OuterRef) -> Self:
        return self.filter(starts_at__gt=starts_at - LONGEST, starts_at__lt=ends_at, ends_at__gt=starts_at)

    def visible_to(self, user: User) -> Self:
        """Those of the requests that the user may see, and a clinician's own, for which no other right is needed."""
        own = Q(clinician__user=user)
        if not any(user.has_perm(right) for right in MAY_LOOK):
            return self.filter(own)
        if user.has_perm(SEES_ALL):
            return self.all()
        return self.filter(own | Q(request__department__in=Department.objects.filter(coordinators=user)))

    def standing(self, now: datetime | None = None) -> Self:
        return self.filter(status=OfferedTime.Status.CONFIRMED, ends_at__gt=now or timezone.now())

    def over(self, now: datetime | None = None) -> Self:
        return self.filter(status=OfferedTime.Status.CONFIRMED, ends_at__lte=now or timezone.now())

    def agreed_on(self, day: date) -> Self:
        """On the site's clock."""
        return self.filter(status__in=AGREED, starts_at__gte=midnight(day), starts_at__lt=midnight(day + timedelta(days=1)))

    def given_up_late(self) -> Self:
        """Cancelled or moved so shortly before that hardly another family can have the hour."""
        return self.filter(status=OfferedTime.Status.CANCELLED, ended_at__gt=F("starts_at") - LATE)

    def came_free(self) -> Self:
        """Hours of visits that were given back, free still, and far enough ahead to be offered to a family that would come sooner."""
        now = timezone.now()
        soon = OfferedTime.objects.filter(starts_at__gt=now)  # said so that PostgreSQL leaves the visits of all years out
        same_hour = soon.overlapping(OuterRef("starts_at"), OuterRef("ends_at"))
        given_back_again = Q(status=OfferedTime.Status.CANCELLED, pk__gt=OuterRef("pk"))
        same_hour = same_hour.filter(_is_taken(now) | given_back_again)
        by_clinician = Exists(same_hour.filter(clinician=OuterRef("clinician")))  # apart, for an index each
        by_room = Exists(same_hour.filter(room=OuterRef("room")))
        cancelled = self.filter(status=OfferedTime.Status.CANCELLED, starts_at__gte=now + LEAST_NOTICE + SHORT_HOLD)
        return cancelled.filter(_works_there(), ~_is_away(), ~_is_closed(), ~by_clinician, ~by_room, kept_back_at=None)

    def in_doubt(self) -> Self:
        """Visits to come that a fact entered later speaks against, with which: `is_away`, `is_closed`, `has_left` the department."""
        ahead = self.standing().annotate(is_away=_is_away(), is_closed=_is_closed(), has_left=~_works_there())
        return ahead.filter(Q(is_away=True) | Q(is_closed=True) | Q(has_left=True))

    def with_child(self) -> Self:
        """With no more of the request than the initials of its child and its department need."""
        return self.select_related("request").only(
            *("status", "clinician", "location", "room", "starts_at", "ends_at", "zone", "expires_at"),
            *(
                f"request__{name}"
                for name in ("seal_id", "seal_version", "child_name", "department", "reference", "version", "status")
            ),
        )

    def on_offer(self, now: datetime | None = None) -> Self:
        now = now or timezone.now()
        return self.filter(status=OfferedTime.Status.OFFERED, expires_at__gt=now, starts_at__gt=now)


class OfferedTime(SealedModel):
    class Status(models.TextChoices):
        """Only offered and confirmed times block anybody. A visit that began is never cancelled any more: it ends."""

        OFFERED = "offered", _("Offered")
        CONFIRMED = "confirmed", _("Confirmed")
        RELEASED = "released", _("Not taken")
        CANCELLED = "cancelled", _("Cancelled")
        CAME = "came", _("Took place")
        MISSED = "missed", _("They did not come")
        OVER = "over", _("Over")  # nobody said how it ended before the request went on or was closed

    class Ended(models.TextChoices):
        BY_US = "us", _("us")
        BY_FAMILY = "family", _("the family")
        BY_CLOCK = "clock", _("the clock")

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="times")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OFFERED)
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="times", verbose_name=_("clinician"))
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, blank=True, related_name="times")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="times")
    video_link = SealedField(_("video link"), default="", blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    zone = models.CharField(_("time zone"), max_length=60, validators=[check_zone])
    expires_at = models.DateTimeField(_("held until"))
    kept_back_at = models.DateTimeField(_("given to nobody else, since"), null=True)  # though it was cancelled
    # When it left the two open states and by whom: released, cancelled, or the moment somebody said how the visit ended.
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    ended_by = models.CharField(_("ended by"), max_length=6, choices=Ended, blank=True, editable=False)
    replaced_by = models.ForeignKey(  # a cancelled visit that another one took the place of: it was moved
        "self", on_delete=models.SET_NULL, null=True, editable=False, related_name="replaces"
    )

    columns = classify(
        plain="id seal_id seal_version request status clinician location room starts_at ends_at zone expires_at kept_back_at ended_at "
        "ended_by replaced_by",
        secret="video_link",  # noqa: S106
    )

    objects = OfferedTimeQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["clinician", "starts_at"], name="appointments_by_clinician"),
            # What can stand in the way of an hour, apart from the visits of all years.
            models.Index(
                fields=["clinician", "starts_at"],
                condition=Q(status__in=["offered", "confirmed", "cancelled"]),
                name="appointments_held_by_clinician",
            ),
            models.Index(fields=["room", "starts_at"], name="appointments_by_room"),
            models.Index(fields=["starts_at"], name="appointments_by_start"),
            models.Index(fields=["ends_at"], condition=Q(status="confirmed"), name="appointments_agreed_by_end"),
            models.Index(fields=["starts_at"], condition=Q(status="cancelled"), name="appointments_given_back"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="appointments_time_ends_after_start"),
            models.CheckConstraint(condition=Q(location__isnull=False) | Q(room=None), name="appointments_room_is_somewhere"),
            models.CheckConstraint(
                condition=Q(status__in=["offered", "confirmed"], ended_at=None, ended_by="")
                | ~Q(status__in=["offered", "confirmed"]) & Q(ended_at__isnull=False) & ~Q(ended_by=""),
                name="appointments_ended_time_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | Q(status="cancelled"), name="appointments_only_a_cancelled_visit_is_moved"
            ),
            models.UniqueConstraint(
                fields=["request"], condition=Q(status="confirmed"), name="appointments_one_confirmed_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} UTC"

    def is_on_offer(self, now: datetime | None = None) -> bool:
        return self.status == self.Status.OFFERED and min(self.expires_at, self.starts_at) > (now or timezone.now())

    def is_standing(self, now: datetime | None = None) -> bool:
        return self.status == self.Status.CONFIRMED and self.ends_at > (now or timezone.now())

    @property
    def was_late(self) -> bool:
        """Whether the visit was given up so shortly before that hardly another family can have the hour."""
        return self.status == self.Status.CANCELLED and self.ended_at is not None and self.ended_at > self.starts_at - LATE

    @property
    def is_virtual(self) -> bool:
        return self.location_id is None
