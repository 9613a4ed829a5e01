"""Who treats children here, and where: departments, services and specialized centers; clinicians; locations."""

from collections.abc import Iterable
from datetime import date
from typing import Self
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _, override

from directory.states import STATES, check_state
from foundation.pages.languages import check_language, language_name
from foundation.pages.models import SampleMarked, Slugged, Translated
from foundation.pictures.models import Pictured
from foundation.prose.days import DayField
from foundation.prose.fields import Code, Email, Line, Paragraphs, Phone
from foundation.prose.text import LongTextField, plain
from foundation.search.entries import SearchEntry, as_sentences
from foundation.search.findable import Findable, FoundPage, Searched, store_all

FACTS = [
    _("Phone"),
    _("Opening hours"),
    _("Address"),
    _("How to get here"),
    _("Getting in and around"),
    _("What to bring"),
    _("Email"),
]
MINUTES = [MinValueValidator(5), MaxValueValidator(480)]
HOURS = [MinValueValidator(1), MaxValueValidator(2000)]  # more is a slip, and much more is beyond every calendar


def check_zone(name: str) -> None:
    """Raises ValidationError unless `name` is an IANA time zone."""
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is no time zone. Write it like America/New_York."), "zone", {"name": name})


def check_languages(codes: str) -> None:
    """Raises ValidationError unless all are codes of languages that we can name."""
    for code in codes_in(codes):
        check_language(code)


def codes_in(written: str) -> list[str]:
    return [code.strip() for code in written.split(",") if code.strip()]


class Location(Searched, Translated, Slugged, SampleMarked):
    translated = ("name", "directions", "accessibility")

    name = Line(_("name"), max_length=120)
    street = Line(_("street"), max_length=200)
    city = Line(_("city"), max_length=100)
    state = Code(_("state"), max_length=2, validators=[check_state])
    postal_code = Code(_("ZIP code"), max_length=10)
    time_zone = Code(_("time zone"), max_length=60, validators=[check_zone], help_text=_("Like America/New_York."))
    phone = Phone(_("phone"), max_length=40, blank=True)
    directions = Paragraphs(_("how to get here"), blank=True)
    accessibility = Paragraphs(_("getting in and around"), blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("location")
        verbose_name_plural = _("locations")

    def __str__(self) -> str:
        return self.name

    def store_search_entries(self) -> None:
        store_all(list(Department.search_rows().filter(locations=self)))

    def in_words(self) -> str:
        state, words = STATES.get(self.state, self.state), self.words
        return f"{words['name']}, {self.address}, {state}. {words['directions']} {words['accessibility']}"

    @property
    def address(self) -> str:
        return f"{self.street}, {self.city}, {self.state} {self.postal_code}"


class Department(Findable, Translated, Slugged, SampleMarked):
    """A department, a service or a specialized center that families can be sent to."""

    search_kind, search_place, search_label = "department", 3, _("Department, service or center")
    translated = ("name", "summary", "text", "after_hours_words", "what_to_bring")

    class Kind(models.TextChoices):
        DEPARTMENT = "department", _("Department")
        SERVICE = "service", _("Service")
        CENTER = "center", _("Specialized center")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name = Line(_("name"), max_length=120, unique=True)
    summary = Line(_("in short"), max_length=300, help_text=_("One or two sentences for lists."))
    text = LongTextField(_("text"), blank=True)
    phone = Phone(_("phone"), max_length=40)
    after_hours_phone = Phone(
        _("phone when you are closed"),
        max_length=40,
        blank=True,
        help_text=_("Somebody answers it at night, on weekends and on holidays."),
    )
    after_hours_words = Line(
        _("what to do when you are closed"),
        max_length=200,
        blank=True,
        help_text=_(
            "One or two sentences, like “Ask for the doctor on call.” With neither words nor a number, families read: "
            "call your child’s own doctor, or go to an emergency room."
        ),
    )
    email = Email(_("e-mail"), blank=True)
    locations = models.ManyToManyField(Location, related_name="departments", blank=True, verbose_name=_("locations"))
    what_to_bring = Paragraphs(_("what to bring"), blank=True, help_text=_("One thing on each line."))
    in_person = models.BooleanField(_("sees children in person"), default=True)
    virtual = models.BooleanField(_("sees children by video"), default=False)
    takes_requests = models.BooleanField(_("takes appointment requests"), default=True)
    minutes_new = models.PositiveSmallIntegerField(
        _("minutes for a first visit"), default=60, validators=MINUTES, help_text=_("For a second opinion too.")
    )
    minutes_follow_up = models.PositiveSmallIntegerField(_("minutes for a follow-up"), default=30, validators=MINUTES)
    answers_within = models.PositiveSmallIntegerField(_("answers within (business hours)"), default=16, validators=HOURS)
    taxonomy_code = Code(
        _("specialty code"),
        max_length=10,
        blank=True,
        validators=[RegexValidator(r"^[0-9A-Z]{9}X$", _("Write a code of the NUCC taxonomy, like 2080P0216X."))],
        help_text=_("Of the NUCC taxonomy, for systems that requests are handed to. Like 2080P0216X, pediatric rheumatology."),
    )
    offers_hold = models.PositiveSmallIntegerField(_("offered times are held (hours)"), default=72, validators=HOURS)
    days_until_ended = models.PositiveSmallIntegerField(
        _("a visit ends by itself after (days)"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Where nobody says whether the family came. The request is closed then."),
    )
    inbox = Email(_("inbox of the coordinators"), blank=True, help_text=_("Told that a request waits, never whose."))
    coordinators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="coordinated_departments", blank=True, verbose_name=_("coordinators")
    )
    order = models.PositiveSmallIntegerField(_("place in lists"), default=0, help_text=_("Small numbers come first."))

    class Meta:
        ordering = ["order", "name"]
        verbose_name = _("department, service or center")
        verbose_name_plural = _("departments, services and centers")
        permissions = [("name_coordinators", _("Can name the coordinators of departments"))]

    def __str__(self) -> str:
        return self.name

    def search_entries(self) -> list[SearchEntry]:
        return [self._search_entry(language) for language in self.written_in]

    def _search_entry(self, language: str) -> SearchEntry:
        """With whatever a family may ask about it: its number and hours, where it is, how to get there, what to bring."""
        with override(language):
            words = self.words
            places = [location.in_words() for location in self.locations.all()]
            states = [str(STATES.get(state, state)) for state in self.states]
            labels = [*map(str, FACTS), *(str(hours.get_weekday_display()) for hours in self.hours.all())]
            parts = [words["summary"], plain(words["text"]), *places, *self.things_to_bring, self.phone, self.email, *states]
        return SearchEntry(language, words["name"], as_sentences(parts), also=" ".join(labels))

    @classmethod
    def search_rows(cls) -> QuerySet[Self]:
        return cls.objects.prefetch_related("locations", "hours", "clinicians__licenses")

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        names = {row: row.words_in(language)["name"] for row in cls.objects.filter(pk__in=ids)}
        return {row.pk: FoundPage(row.get_absolute_url(), name, name.language) for row, name in names.items()}

    def get_absolute_url(self) -> str:
        return reverse("directory:department", args=[self.slug])

    @property
    def time_zone(self) -> str:
        """The IANA zone of its locations; the site's where they differ or there are none."""
        zones = {location.time_zone for location in self.locations.all()}
        return zones.pop() if len(zones) == 1 else settings.TIME_ZONE

    @property
    def states(self) -> list[str]:
        """Two-letter codes of the states where a child may be during a video visit today: where one of its clinicians may treat."""
        today = timezone.localdate()
        return sorted({each.state for each in self.licenses if each.is_valid_on(today)})

    @cached_property
    def licenses(self) -> list["License"]:
        """Of its clinicians, whether they still hold or not. Lists fetch `clinicians__licenses` or call `fetch_licenses` beforehand."""
        return [each for clinician in self.clinicians.all() for each in clinician.licenses.all()]

    @staticmethod
    def fetch_licenses(departments: Iterable["Department"]) -> None:
        """The `licenses` of all of them in one query."""
        rows = License.objects.filter(clinician__departments__in=departments).annotate(at=F("clinician__departments"))
        for department in departments:
            department.licenses = [row for row in rows if row.at == department.pk]

    @property
    def things_to_bring(self) -> list[str]:
        return [line.strip() for line in self.words["what_to_bring"].splitlines() if line.strip()]


class OpeningHours(models.Model):
    """When a department can be reached, on its clock (`Department.time_zone`)."""

    audit_values = ("*",)

    class Weekday(models.IntegerChoices):
        MONDAY = 1, _("Monday")
        TUESDAY = 2, _("Tuesday")
        WEDNESDAY = 3, _("Wednesday")
        THURSDAY = 4, _("Thursday")
        FRIDAY = 5, _("Friday")
        SATURDAY = 6, _("Saturday")
        SUNDAY = 7, _("Sunday")

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))

    class Meta:
        ordering = ["weekday", "opens"]
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="directory_hours_close_after_open",
                violation_error_message=_("“To” must be later than “from”."),
            ),
            models.CheckConstraint(condition=Q(weekday__range=(1, 7)), name="directory_hours_weekday"),
            models.UniqueConstraint(fields=["department", "weekday", "opens"], name="directory_hours_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class ClosureQuerySet(models.QuerySet["Closure"]):
    def days_of(self, department: Department, since: date) -> list[date]:
        """Its own and everybody's, from `since` on, in order."""
        theirs = self.filter(Q(department=department) | Q(department=None), day__gte=since)
        return list(dict.fromkeys(theirs.order_by("day").values_list("day", flat=True)))


class Closure(models.Model):
    """A day on which a department (or, without one, everybody) is closed beside the public holidays."""

    audit_values = ("*",)

    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, null=True, blank=True, related_name="closures", verbose_name=_("department")
    )
    day = DayField(_("day"))
    reason = Line(_("reason"), max_length=100, blank=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")

    def __str__(self) -> str:
        return f"{self.day} {self.reason}".strip()


class Room(models.Model):
    """A room that only one family can have at a time."""

    audit_values = ("*",)

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="rooms", verbose_name=_("location"))
    name = Line(_("name"), max_length=60)

    class Meta:
        ordering = ["location", "name"]
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [models.UniqueConstraint(fields=["location", "name"], name="directory_room_unique")]

    def __str__(self) -> str:
        return f"{self.location}, {self.name}"


class Clinician(Findable, Translated, Slugged, SampleMarked, Pictured):
    """Somebody who treats children here and may stand behind a text."""

    search_kind, search_place, search_label = "clinician", 7, _("Clinician")
    translated = ("role", "helps_with", "text")

    name = Line(_("name"), max_length=120)
    credentials = Line(_("credentials"), max_length=60, help_text=_("Like MD or NP."))
    role = Line(_("role"), max_length=120, help_text=_("Like Pediatric rheumatologist."))
    departments = models.ManyToManyField(
        Department, related_name="clinicians", blank=True, verbose_name=_("departments, services and centers")
    )
    helps_with = Line(_("helps with"), max_length=200, blank=True, help_text=_("A few words for the list, like sore joints."))
    languages = Code(
        _("languages"),
        max_length=60,
        blank=True,
        validators=[check_languages],
        help_text=_("Spoken with families, as codes: en, es."),
    )
    text = LongTextField(_("about"), blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="clinician",
        verbose_name=_("staff account"),
        help_text=_("Needed to sign off condition pages."),
    )
    email = Email(
        _("e-mail"), blank=True, help_text=_("Told of visits that are agreed, moved or cancelled. Empty: that of the account.")
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("clinician")
        verbose_name_plural = _("clinicians")
        constraints = [Pictured.alt_needed("directory_clinician_photo_alt")]

    def __str__(self) -> str:
        return f"{self.name}, {self.credentials}"

    def store_search_entries(self) -> None:
        """Of their departments too, which are found by the states of the licenses."""
        super().store_search_entries()
        store_all(list(Department.search_rows().filter(clinicians=self)))

    def search_entries(self) -> list[SearchEntry]:
        return [self._search_entry(language) for language in self.written_in]

    def _search_entry(self, language: str) -> SearchEntry:
        with override(language):
            words = self.words
            parts = [self.credentials, words["role"], words["helps_with"], plain(words["text"]), *self.spoken]
        return SearchEntry(language, self.name, as_sentences(parts))

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        roles = {row: row.words_in(language)["role"] for row in cls.objects.filter(pk__in=ids)}
        return {row.pk: FoundPage(row.get_absolute_url(), str(row), role.language) for row, role in roles.items()}

    def get_absolute_url(self) -> str:
        return reverse("directory:clinician", args=[self.slug])

    @property
    def spoken(self) -> list[str]:
        """The names of the languages, in the one that is active."""
        return [language_name(code) for code in codes_in(self.languages)]

    @property
    def mail_address(self) -> str:
        """Where we write to about visits; "" for nowhere."""
        return self.email or (self.user.email if self.user and self.user.is_active else "")

    @property
    def asked_through(self) -> Department | None:
        """The first of their departments that takes requests."""
        return next((department for department in self.departments.all() if department.takes_requests), None)

    @property
    def initials(self) -> str:
        parts = self.name.split()
        return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()

    @classmethod
    def public_rows(cls) -> QuerySet[Self]:
        return cls.objects.all()

    def may_treat_in(self, state: str, day: date, *, by_video: bool) -> bool:
        """Whether a license that is known holds there and then. In person also where none of theirs is known at all."""
        known = list(self.licenses.all())
        valid = [each for each in known if each.state == state and each.is_valid_on(day)]
        if by_video:
            return bool(valid)
        return not known or any(each.kind != License.Kind.TELEHEALTH for each in valid)


class License(models.Model):
    """Where a clinician may treat children, and until when. The child must be there during a visit."""

    audit_values = ("*",)

    class Kind(models.TextChoices):
        FULL = "license", _("License")
        COMPACT = "compact", _("License through a compact")
        TELEHEALTH = "telehealth", _("Registration for video visits alone")

    clinician = models.ForeignKey(Clinician, on_delete=models.CASCADE, related_name="licenses", verbose_name=_("clinician"))
    state = Code(_("state"), max_length=2, validators=[check_state], help_text=_("Two letters, like NY."))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.FULL)
    until = DayField(_("valid until"), null=True, blank=True, help_text=_("The last day. Empty: until somebody enters one."))

    class Meta:
        ordering = ["state"]
        verbose_name = _("license")
        verbose_name_plural = _("licenses")
        constraints = [models.UniqueConstraint(fields=["clinician", "state"], name="directory_license_once_a_state")]

    def __str__(self) -> str:
        return f"{self.state} {self.until or ''}".strip()

    def is_valid_on(self, day: date) -> bool:
        return self.until is None or self.until >= day
