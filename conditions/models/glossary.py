"""Medical words in plain ones."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation.pages.languages import language_choices
from foundation.prose.fields import Line, Paragraphs, Slug
from foundation.search.entries import SearchEntry
from foundation.search.findable import Findable, FoundPage


class GlossaryTerm(Findable):
    """One word in one language. The same slug in two languages is the same word."""

    search_kind, search_place, search_label = "term", 2, _("Medical word")

    slug = Slug(_("address"), max_length=100)
    language = models.CharField(_("language"), max_length=10, choices=language_choices, default="en")
    term = Line(_("word"), max_length=100)
    also = Paragraphs(_("other forms"), blank=True, help_text=_("Plurals and variants, one on each line."))
    say = Line(_("how to say it"), max_length=100, blank=True)
    definition = Line(_("what it means"), max_length=400, help_text=_("One or two plain sentences."))

    class Meta:
        ordering = ["term"]
        verbose_name = _("glossary word")
        verbose_name_plural = _("glossary")
        constraints = [
            models.UniqueConstraint(
                fields=["language", "slug"],
                name="conditions_term_unique",
                violation_error_message=_("This word is in the glossary already."),
            )
        ]

    def __str__(self) -> str:
        return self.term

    def search_entry(self) -> SearchEntry:
        return SearchEntry(self.language, self.term, self.definition, names=self.forms)

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        terms, glossary = cls.objects.filter(pk__in=ids, language=language), reverse("conditions:glossary")
        return {term.pk: FoundPage(f"{glossary}#{term.slug}", term.term, language) for term in terms}

    @property
    def forms(self) -> list[str]:
        return [self.term, *(line.strip() for line in self.also.splitlines() if line.strip())]
