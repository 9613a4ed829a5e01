"""Practical pages: getting here, what it costs, the first visit."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.pages.languages import language_choices
from foundation.pages.models import Publishable, PublishableQuerySet, SampleMarked, Slugged
from foundation.prose.fields import Line, Paragraphs
from foundation.prose.text import LongTextField, plain
from foundation.search.entries import SearchEntry
from foundation.search.findable import Findable, FoundPage
from foundation.workflow import Refused

FALLBACK = "en"


class SampleText(SampleMarked):
    is_sample = models.BooleanField(
        gettext_lazy("sample content"),
        default=False,
        help_text=gettext_lazy("Shows on the page that the hospital has not put its own text here yet."),
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
        PLACES = "places", gettext_lazy("Addresses and how to get there")
        ACCESS = "access", gettext_lazy("Getting in and around each place")
        PHONES = "phones", gettext_lazy("Phone numbers and hours of each department")
        VIDEO = "video", gettext_lazy("Who sees children by video, and in which states")
        BRING = "bring", gettext_lazy("What to bring, for each department")

    shows = models.CharField(
        gettext_lazy("shown below the text"),
        max_length=10,
        choices=Shows,
        blank=True,
        help_text=gettext_lazy("Taken from the departments and locations, so that it is written in one place only."),
    )
    order = models.PositiveSmallIntegerField(
        gettext_lazy("place in lists"), default=0, help_text=gettext_lazy("Small numbers come first.")
    )

    objects: ClassVar = GuideQuerySet.as_manager()

    class Meta:
        ordering = ["order", "slug"]
        verbose_name = gettext_lazy("guide")
        verbose_name_plural = gettext_lazy("guides")
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
            raise Refused(_("Write a text in one language first."))
        super().publish(at=at)


class GuideText(Findable):
    """What a guide says in one language."""

    search_kind, search_place, search_label = "guide", 4, gettext_lazy("Before your visit")

    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(gettext_lazy("language"), max_length=10, choices=language_choices, default=FALLBACK)
    title = Line(gettext_lazy("title"), max_length=200)
    summary = Line(
        gettext_lazy("first sentence"), max_length=300, help_text=gettext_lazy("The answer in one or two sentences.")
    )
    text = LongTextField(gettext_lazy("text"))
    names = Paragraphs(
        gettext_lazy("also found by"),
        blank=True,
        help_text=gettext_lazy("Words that families type, one on each line. They lead here and are not shown."),
    )

    class Meta:
        ordering = ["language"]
        verbose_name = gettext_lazy("text of a guide")
        verbose_name_plural = gettext_lazy("texts of guides")
        constraints = [
            models.UniqueConstraint(
                fields=["guide", "language"],
                name="guides_text_unique",
                violation_error_message=gettext_lazy("There is a text in this language already."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def search_entry(self) -> SearchEntry:
        hidden = [line.strip() for line in self.names.splitlines() if line.strip()]
        return SearchEntry(self.language, self.title, f"{self.summary} {plain(self.text)}", hidden=hidden)

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        """In the reader's language; in English where there is no text in theirs."""
        own = cls.objects.filter(guide=OuterRef("guide"), language=language)
        shown = cls.objects.filter(
            Q(language=language) | Q(language=FALLBACK) & ~Exists(own), guide__in=Guide.objects.published()
        )
        rows = shown.filter(pk__in=ids).select_related("guide")
        return {row.pk: FoundPage(row.guide.get_absolute_url(), row.title, row.language) for row in rows}
