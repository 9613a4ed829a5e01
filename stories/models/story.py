"""Success stories, each shown only as far as valid papers of its family cover it."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from conditions.models import Condition
from foundation.pages.models import InLanguage, Publishable, PublishableQuerySet, SampleMarked, Slugged
from foundation.pictures.models import Pictured, PicturedManager
from foundation.prose.fields import Line
from foundation.prose.text import LongTextField, first_sentence, plain
from foundation.search.entries import SearchEntry
from foundation.search.findable import Findable, FoundPage
from stories.models.authorization import Authorization

LONGEST_OPENING = 140  # characters


class StoryQuerySet(PublishableQuerySet):
    def with_consent(self, now: datetime | None = None) -> Self:
        """Each with what valid papers allow on the site's calendar day of `now` (UTC, default: now), and who signed."""
        papers = Authorization.objects.valid(now).filter(story=OuterRef("pk"))
        signed_text = papers.filter(covers_text=True)
        return self.annotate(
            allows_text=Exists(signed_text),
            allows_picture=Exists(papers.filter(covers_picture=True)),
            allows_name=Exists(papers.filter(covers_name=True)),
            patient_signed=Exists(signed_text.filter(relationship=Authorization.Relationship.PATIENT)),
        )

    def published(self, now: datetime | None = None) -> Self:
        return super().published(now).with_consent(now).filter(allows_text=True)


class Story(Findable, Slugged, InLanguage, Publishable, Pictured, SampleMarked):
    """A family's story, in their words. Its picture and its name are public only by `shows_picture` and `teller`.

    What is allowed comes from `StoryQuerySet.with_consent`; a story fetched without it has neither picture nor name.
    """

    search_kind, search_place, search_label = "story", 5, _("Success story")
    allows_text = allows_picture = allows_name = patient_signed = False
    # Not the families' words: they have a history of their own.
    audit_values = ("title", "slug", "language", "conditions", "publish_at", "expires_at", "is_sample", "picture")

    title = Line(_("title"), max_length=200)
    name_shown = Line(_("name shown"), max_length=100, help_text=_("A first name or another name the family chose."))
    age_band = Line(_("age"), max_length=40, blank=True, help_text=_("A range, like 8 to 10. Never a birth date."))
    summary = Line(_("in short"), max_length=300)
    text = LongTextField(_("text"))
    conditions = models.ManyToManyField(Condition, related_name="stories", blank=True, verbose_name=_("conditions"))
    history = HistoricalRecords(m2m_fields=[conditions], cascade_delete_history=True)

    objects: ClassVar = PicturedManager.from_queryset(StoryQuerySet)()

    class Meta:
        ordering = ["-publish_at", "-pk"]
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        permissions = [("erase_story_history", "Can erase a story, and what its history keeps")]
        constraints = [Pictured.alt_needed("stories_picture_alt"), *Publishable.dates_hold("stories")]

    def __str__(self) -> str:
        return self.title

    def search_entry(self) -> SearchEntry:
        return SearchEntry(self.language, self.title, f"{self.summary} {plain(self.text)}")

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        """Who may see a story is asked each time."""
        shown = cls.shown_for(ids, language)
        return {pk: FoundPage(story.get_absolute_url(), story.title, story.language) for pk, story in shown.items()}

    def get_absolute_url(self) -> str:
        return reverse("stories:story", args=[self.slug])

    @property
    def shows_picture(self) -> bool:
        return self.allows_picture and super().shows_picture

    @property
    def signature(self) -> str:
        """The name the family chose, or who they are to us where no paper covers the name; in the story's language."""
        if self.allows_name:
            return self.name_shown
        with override(self.language):
            return gettext("Somebody who was a patient here") if self.patient_signed else gettext("A family")

    @property
    def opening(self) -> str:
        """The first sentence, where it is short enough to stand in a list."""
        sentence = first_sentence(self.text)
        return sentence if len(sentence) <= LONGEST_OPENING else ""

    def teller(self) -> str:
        if not (self.allows_name and self.age_band):
            return self.signature
        with override(self.language):
            return gettext("%(name)s, age %(age)s") % {"name": self.name_shown, "age": self.age_band}

    @classmethod
    def public_rows(cls) -> QuerySet[Self]:
        return cls.objects.published().filter(allows_picture=True)
