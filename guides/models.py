"""Practical pages for families, and the notices that a hospital owes everybody: their words are the operator's, never ours."""

import re
from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.pages.languages import language_choices
from foundation.pages.models import Publishable, PublishableQuerySet, SampleMarked, Slugged
from foundation.prose.days import DayField
from foundation.prose.fields import Code, Line, Paragraphs, WebAddress
from foundation.prose.text import LongTextField, plain
from foundation.search.entries import SearchEntry
from foundation.search.findable import Findable, FoundPage
from foundation.workflow import Refused

FALLBACK = "en"


class SampleText(SampleMarked):
    is_sample = models.BooleanField(
        _("sample content"),
        default=False,
        help_text=_("Shows on the page that the hospital has not put its own text here yet."),
    )

    class Meta:
        abstract = True


class GuideQuerySet(PublishableQuerySet):
    def readable(self, language: str) -> Self:
        """What visitors may read now in their language, or in English where there is no text in theirs."""
        texts = GuideText.objects.filter(guide=OuterRef("pk"), language__in=[language, FALLBACK])
        return self.published().filter(Exists(texts)).prefetch_related("texts")


class Guide(Slugged, Publishable, SampleText):
    """One page at one address, with a text in each language. `shows` adds facts that the directory holds."""

    class Shows(models.TextChoices):
        PLACES = "places", _("Addresses and how to get there")
        ACCESS = "access", _("Getting in and around each place")
        PHONES = "phones", _("Phone numbers and hours of each department")
        VIDEO = "video", _("Who sees children by video, and in which states")
        BRING = "bring", _("What to bring, for each department")

    shows = models.CharField(
        _("shown below the text"),
        max_length=10,
        choices=Shows,
        blank=True,
        help_text=_("Taken from the departments and locations, so that it is written in one place only."),
    )
    order = models.PositiveSmallIntegerField(_("place in lists"), default=0, help_text=_("Small numbers come first."))

    objects: ClassVar = GuideQuerySet.as_manager()

    class Meta:
        ordering = ["order", "slug"]
        verbose_name = _("guide")
        verbose_name_plural = _("guides")
        constraints = [*Publishable.dates_hold("guides")]

    def __str__(self) -> str:
        text = self.text_in(FALLBACK)
        return text.title if text else self.slug

    def get_absolute_url(self) -> str:
        return reverse("guides:guide", args=[self.slug])

    def text_in(self, language: str) -> "GuideText | None":
        """The text in a language, else in English, else any."""
        texts = {text.language: text for text in self.texts.all()}
        return texts.get(language) or texts.get(FALLBACK) or next(iter(texts.values()), None)

    @property
    def language(self) -> str:
        """In which it can be looked at on the site."""
        text = self.text_in(FALLBACK)
        return text.language if text else FALLBACK

    def publish(self, *, at: datetime | None = None) -> None:
        if not self.texts.exists():
            raise Refused(gettext("Write a text in one language first."))
        super().publish(at=at)


class GuideText(Findable):
    """What a guide says in one language."""

    search_kind, search_place, search_label = "guide", 4, _("Before your visit")

    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, choices=language_choices, default=FALLBACK)
    title = Line(_("title"), max_length=200)
    summary = Line(_("first sentence"), max_length=300, help_text=_("The answer in one or two sentences."))
    text = LongTextField(_("text"))
    names = Paragraphs(
        _("also found by"),
        blank=True,
        help_text=_("Words that families type, one on each line. They lead here and are not shown."),
    )

    class Meta:
        ordering = ["language"]
        verbose_name = _("text of a guide")
        verbose_name_plural = _("texts of guides")
        constraints = [
            models.UniqueConstraint(
                fields=["guide", "language"],
                name="guides_text_unique",
                violation_error_message=_("There is a text in this language already."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def search_entry(self) -> SearchEntry:
        hidden = [line.strip() for line in self.names.splitlines() if line.strip()]
        return SearchEntry(self.language, self.title, f"{self.summary} {plain(self.text)}", hidden=hidden)

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        own = cls.objects.filter(guide=OuterRef("guide"), language=language)
        shown = cls.objects.filter(
            Q(language=language) | Q(language=FALLBACK) & ~Exists(own), guide__in=Guide.objects.published()
        )
        rows = shown.filter(pk__in=ids).select_related("guide")
        return {row.pk: FoundPage(row.guide.get_absolute_url(), row.title, row.language) for row in rows}


REVIEW_SOON = 60  # days
RIGHT_TO_LEFT = {"ar", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi"}  # CLDR, of languages with speakers here
PRICE_FILE_KEYS = ["location-name", "source-page-url", "mrf-url", "contact-name", "contact-email"]  # 45 CFR 180.50(d)(6)


def check_price_file(text: str) -> None:
    """Raises ValidationError unless each block of lines names the five facts of one hospital, in their order."""
    for block in re.split(r"\n\s*\n", text.strip()):
        keys = [line.partition(":")[0].strip() for line in block.splitlines() if line.partition(":")[2].strip()]
        if keys != PRICE_FILE_KEYS or len(keys) != len(block.splitlines()):
            raise ValidationError(
                _("Write five lines for each hospital: %(keys)s."), "keys", {"keys": ", ".join(PRICE_FILE_KEYS)}
            )


class NoticeQuerySet(models.QuerySet["Notice"]):
    def in_force(self, day: date | None = None) -> Self:
        """Of each kind and language the newest that is in force on `day`, by default today."""
        day = day or timezone.localdate()
        started = Notice.objects.filter(effective_on__lte=day)
        newer = started.filter(kind=OuterRef("kind"), language=OuterRef("language"), effective_on__gt=OuterRef("effective_on"))
        return self.filter(effective_on__lte=day).exclude(Exists(newer))

    def readable(self, language: str) -> Self:
        """Those in force in a language, and in English where there is none in it."""
        own = Notice.objects.filter(kind=OuterRef("kind"), language=language, effective_on__lte=timezone.localdate())
        return self.in_force().filter(Q(language=language) | Q(language=FALLBACK) & ~Exists(own))

    def due_within(self, days: int) -> Self:
        """Those in force whose next review is overdue, or due within so many days."""
        return self.in_force().filter(next_review__lte=timezone.localdate() + timedelta(days=days))


class Notice(Findable, SampleText):
    """One version of a notice in one language. A new version is a new row; the earlier ones stay.

    Which one counts is asked by the day, never stored. Without `effective_on` it is a draft.
    """

    search_kind, search_place, search_label = "notice", 8, _("Your rights and costs")

    class Kind(models.TextChoices):
        LANGUAGE_HELP = "language-help", _("Language help and aids")
        PRIVACY = "privacy", _("Privacy practices")
        NONDISCRIMINATION = "nondiscrimination", _("Fair treatment (nondiscrimination)")
        ACCESSIBILITY = "accessibility", _("Accessibility")
        FINANCIAL_ASSISTANCE = "financial-assistance", _("Help with paying")
        ESTIMATES = "good-faith-estimates", _("What it will cost: estimates")
        SURPRISE_BILLING = "surprise-billing", _("Protection from surprise bills")
        PRICE_TRANSPARENCY = "price-transparency", _("Price Transparency")  # 45 CFR 180.50 wants these words in the footer
        HEALTH_DATA = "health-data", _("Health data on this website")

    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    language = Code(
        _("language"),
        max_length=20,
        default=FALLBACK,
        validators=[RegexValidator(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$", _("Write a code like es, ht or zh-Hans."))],
        help_text=_("A code like en, es, ht or zh-Hans. Language help needs many; of the others those that you have."),
    )
    title = Line(_("title"), max_length=200, help_text=_("Of language help: what the language calls itself, like Español."))
    text = LongTextField(_("text"), blank=True)
    address = WebAddress(
        _("address elsewhere"),
        max_length=500,
        blank=True,
        help_text=_("If your hospital has this page on another site. Without a text, visitors are led there at once."),
    )
    price_file = Paragraphs(
        "/cms-hpt.txt",
        blank=True,
        validators=[check_price_file],
        help_text=_(
            "Of price transparency: what /cms-hpt.txt says. For each hospital five lines, with an empty line between."
        ),
    )
    effective_on = DayField(_("in force from"), null=True, blank=True, help_text=_("Empty: a draft that nobody sees."))
    reviewed_on = DayField(_("last reviewed on"), null=True, blank=True)
    next_review = DayField(_("next review due on"), null=True, blank=True)
    changed_at = models.DateTimeField(_("last changed"), auto_now=True)
    history = HistoricalRecords()

    objects: ClassVar = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "language", "-effective_on", "-pk"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language", "effective_on"],
                name="guides_notice_unique",
                violation_error_message=_("There is one of this kind and language that is in force from this day."),
            ),
            models.CheckConstraint(
                condition=~Q(text="", address=""),
                name="guides_notice_says_something",
                violation_error_message=_("Write a text, or the address of the page elsewhere."),
            ),
            models.CheckConstraint(
                condition=Q(effective_on=None) | Q(next_review__isnull=False),
                name="guides_notice_has_a_review",
                violation_error_message=_("Say when it is to be reviewed next, so that we can remind you."),
            ),
            models.CheckConstraint(
                condition=Q(price_file="") | Q(kind="price-transparency", language=FALLBACK),
                name="guides_price_file_of_its_kind",
                violation_error_message=_("cms-hpt.txt belongs to the English notice on price transparency."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.language})"

    def get_absolute_url(self) -> str:
        return address_of(self.kind)

    @property
    def direction(self) -> str:
        """For `dir`: which way its script runs."""
        primary, _dash, script = self.language.partition("-")
        return "rtl" if primary in RIGHT_TO_LEFT or script.startswith(("Arab", "Hebr")) else "ltr"

    def search_entry(self) -> SearchEntry | None:
        """In the languages of the site. That of a kind's label leads to it as well."""
        if self.language not in dict(settings.LANGUAGES):
            return None
        return SearchEntry(self.language, self.title, plain(self.text), hidden=[self.kind.replace("-", " ")])

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        rows = cls.objects.readable(language).filter(pk__in=ids)
        return {row.pk: FoundPage(row.get_absolute_url(), row.title, row.language) for row in rows}


def address_of(kind: str) -> str:
    """Language help has an address that can be said on the phone."""
    if kind == Notice.Kind.LANGUAGE_HELP:
        return reverse("guides:language_help")
    return reverse("guides:notice", args=[kind])


def notice_links() -> list[tuple[str, str]]:
    """(address, label) of the notices that this hospital owes. Asks no database: pages that say what went wrong have them too."""
    return [(address_of(kind), str(kind.label)) for kind in Notice.Kind if kind not in settings.NOT_NEEDED]
