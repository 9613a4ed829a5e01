"""In the news: our own articles, and what others wrote about us."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from conditions.models import Condition
from foundation.pages.languages import Named
from foundation.pages.models import InLanguage, Publishable, PublishableQuerySet, SampleMarked, Slugged
from foundation.pictures.models import Pictured, PicturedManager
from foundation.prose.days import DayField
from foundation.prose.fields import Line, WebAddress
from foundation.prose.text import LongTextField, plain
from foundation.search.entries import SearchEntry
from foundation.search.findable import Findable, FoundPage


class NewsItem(Findable, Slugged, InLanguage, Publishable, Pictured, SampleMarked):
    """An article of our own, or a pointer to coverage elsewhere."""

    search_kind, search_place, search_label = "news", 6, _("News")

    class Kind(models.TextChoices):
        ARTICLE = "article", _("Our own article")
        COVERAGE = "coverage", _("Coverage elsewhere")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.ARTICLE)
    title = Line(_("title"), max_length=200)
    summary = Line(_("in short"), max_length=300)
    text = LongTextField(_("text"), blank=True)
    author = Line(
        _("written by"), max_length=200, blank=True, help_text=_("Of our own article: a name, or one of our departments.")
    )
    source_name = Line(_("who wrote it"), max_length=200, blank=True)
    source_url = WebAddress(_("address there"), max_length=500, blank=True)
    source_date = DayField(_("appeared there on"), null=True, blank=True)
    conditions = models.ManyToManyField(Condition, related_name="news", blank=True, verbose_name=_("conditions"))
    history = HistoricalRecords(m2m_fields=[conditions], cascade_delete_history=True)

    objects: ClassVar = PicturedManager.from_queryset(PublishableQuerySet)()

    class Meta:
        ordering = ["-publish_at", "-pk"]
        verbose_name = _("news item")
        verbose_name_plural = _("news")
        permissions = [("erase_newsitem_history", "Can erase what the history of a news item keeps")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="article") | (~Q(source_name="") & ~Q(source_url="")),
                name="news_coverage_names_its_source",
                violation_error_message=_("For coverage elsewhere, say who wrote it and where."),
            ),
            models.CheckConstraint(
                condition=Q(kind="coverage") | ~Q(text=""),
                name="news_article_has_text",
                violation_error_message=_("Our own article needs a text."),
            ),
            models.CheckConstraint(
                condition=Q(kind="coverage", author="") | Q(kind="article", source_date=None),
                name="news_author_or_source_date",
                violation_error_message=_("“Written by” is for our own article, “appeared there on” for coverage elsewhere."),
            ),
            Pictured.alt_needed("news_picture_alt"),
            *Publishable.dates_hold("news"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def credits(self) -> dict[str, Named]:
        """Who wrote it, as it is written in its own language."""
        return {name: Named(getattr(self, name), self.language) for name in ("author", "source_name")}

    def search_entry(self) -> SearchEntry:
        body = f"{self.summary} {plain(self.text)} {self.source_name} {self.author}"
        return SearchEntry(self.language, self.title, body)

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        shown = cls.shown_for(ids, language)
        return {pk: FoundPage(item.get_absolute_url(), item.title, item.language) for pk, item in shown.items()}

    def get_absolute_url(self) -> str:
        return reverse("news:item", args=[self.slug])

    @classmethod
    def public_rows(cls) -> QuerySet[Self]:
        return cls.objects.published()
