"""When a clinician meets families: clinic hours that come again, days away, the standing video link, the calendar feed."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from directory.models import Clinician, Department, Location, OpeningHours, Room
from foundation.privacy.fields import SealedField, SealedModel, classify
from foundation.prose.days import DayField


class Schedule(Clinician):
    """A clinician as the page of clinic hours shows one; no table of its own, and nothing of it changes there."""

    audit_values = ()

    class Meta:
        proxy = True
        ordering = ["name"]
        default_permissions = ("view", "change")
        verbose_name = verbose_name_plural = _("clinic hours")


class ClinicHours(models.Model):
    """Hours of a weekday at which a clinician meets families of a department, on the clock of the place; by video, of the department."""

    class Visits(models.TextChoices):
        ANY = "any", _("every visit")
        NEW = "new", _("first visits and second opinions")
        FOLLOW_UP = "follow-up", _("follow-ups")

    clinician = models.ForeignKey(
        Clinician, on_delete=models.CASCADE, related_name="clinic_hours", verbose_name=_("clinician")
    )
    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, related_name="clinic_hours", verbose_name=_("department")
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=OpeningHours.Weekday)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("place"), help_text=_("Empty: by video.")
    )
    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("room"), help_text=_("Empty: any that is free.")
    )
    every = models.PositiveSmallIntegerField(
        _("every … weeks"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(8)],
        help_text=_("1 is every week; 2 every other week, counted from the week of the first day."),
    )
    valid_from = DayField(_("first day"))
    valid_to = DayField(_("last day"), null=True, blank=True)
    visits = models.CharField(_("for"), max_length=10, choices=Visits, default=Visits.ANY)

    columns = classify(plain="id clinician department weekday opens closes location room every valid_from valid_to visits")

    class Meta:
        ordering = ["weekday", "opens"]
        verbose_name = verbose_name_plural = _("clinic hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="appointments_clinic_closes_after_open",
                violation_error_message=_("“To” must be later than “from”."),
            ),
            models.CheckConstraint(condition=Q(weekday__range=(1, 7)), name="appointments_clinic_weekday"),
            models.CheckConstraint(condition=Q(every__range=(1, 8)), name="appointments_clinic_every"),
            models.CheckConstraint(
                condition=Q(location__isnull=False) | Q(room=None),
                name="appointments_clinic_room_is_somewhere",
                violation_error_message=_("Choose the place of the room, too."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="appointments_clinic_ends_after_start",
                violation_error_message=_("The last day must not be before the first."),
            ),
            models.UniqueConstraint(
                fields=["clinician", "department", "weekday", "opens", "valid_from"], name="appointments_clinic_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def clean(self) -> None:
        """The room is at the place."""
        if self.room and self.room.location_id != self.location_id:
            raise ValidationError({"room": _("This room is at another place.")})

    def is_on(self, day: date) -> bool:
        """Whether there is clinic on that day, away and closed days apart."""
        if day.isoweekday() != self.weekday or day < self.valid_from or (self.valid_to and day > self.valid_to):
            return False
        return (monday_of(day) - monday_of(self.valid_from)).days // 7 % self.every == 0


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


class Away(models.Model):
    """Whole days on which a clinician meets nobody. Why is nobody's business here."""

    clinician = models.ForeignKey(Clinician, on_delete=models.CASCADE, related_name="away", verbose_name=_("clinician"))
    first_day = DayField(_("first day"))
    last_day = DayField(_("last day"))

    columns = classify(plain="id clinician first_day last_day")

    class Meta:
        ordering = ["first_day"]
        verbose_name = verbose_name_plural = _("days away")
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="appointments_away_ends_after_start",
                violation_error_message=_("The last day must not be before the first."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day}"


class VideoRoom(SealedModel):
    """The link with which families join every video visit of a clinician, unless another is typed."""

    clinician = models.OneToOneField(
        Clinician, on_delete=models.CASCADE, related_name="video_room", verbose_name=_("clinician")
    )
    link = SealedField(_("standing video link"))

    columns = classify(plain="id seal_id seal_version clinician", secret="link")  # noqa: S106

    class Meta:
        verbose_name = verbose_name_plural = _("standing video link")

    def __str__(self) -> str:
        return str(self.clinician)

    @classmethod
    def link_of(cls, clinician: Clinician) -> str:
        """Nothing where there is none that can be read."""
        room = cls.objects.filter(clinician=clinician).first()
        return room.link if room and not room.unreadable() else ""


class CalendarFeed(models.Model):
    """A secret address that shows a clinician's visits to a calendar program, without anything on a child. Only its hash is kept."""

    clinician = models.OneToOneField(
        Clinician, on_delete=models.CASCADE, related_name="calendar_feed", verbose_name=_("clinician")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    columns = classify(plain="id clinician token_hash made_at")

    def __str__(self) -> str:
        return str(self.clinician)
