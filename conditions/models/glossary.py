import re
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conditions.models.condition import Folded, Letter
from foundation.pages.languages import language_choices
from foundation.prose.fields import Line, Paragraphs, Slug
from foundation.search.entries import SearchEntry
from foundation.search.findable import Findable, FoundPage

LONGEST_WORD = 100  # letters of it that count


def _words(text: str) -> list[str]:
    """As `Explainer` tells them apart, whatever the size of their letters."""
    return [word[:LONGEST_WORD] for word in re.findall(r"\w+", text.casefold())]


class GlossaryTermQuerySet(models.QuerySet["GlossaryTerm"]):
    def a_to_z(self, language: str) -> Self:
        return self.filter(language=language).order_by("letter", "folded", "pk")

    def perhaps_in(self, text: str, language: str) -> Self:
        """Those of which a form begins with a word of `text`: so many as a page has words, however many there are.

        And those whose first words are not stored, as of rows that came here by another way than `save`.
        """
        begun, own = FirstWord.objects.filter(word__in=set(_words(text))), FirstWord.objects.filter(term=OuterRef("pk"))
        return self.filter(Q(pk__in=begun.values("term")) | ~Exists(own), language=language)


class GlossaryTerm(Findable):
    """One word in one language. The same slug in two languages is the same word."""

    search_kind, search_place, search_label = "term", 2, _("Medical word")

    slug = Slug(_("address"), max_length=100)
    language = models.CharField(_("language"), max_length=10, choices=language_choices, default="en")
    term = Line(_("word"), max_length=100)
    also = Paragraphs(_("other forms"), blank=True, help_text=_("Plurals and variants, one on each line."))
    say = Line(_("how to say it"), max_length=100, blank=True)
    definition = Line(_("what it means"), max_length=400, help_text=_("One or two plain sentences."))
    folded = Folded(max_length=200, editable=False, default="")
    letter = Letter(max_length=1, editable=False, default="#")

    objects = GlossaryTermQuerySet.as_manager()

    class Meta:
        ordering = ["term"]
        indexes = [models.Index(fields=["language", "letter", "folded"], name="conditions_term_a_to_z")]
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        self.store_first_words()

    def store_first_words(self) -> None:
        words = {words[0] for form in self.forms if (words := _words(form))}
        self.first_words.exclude(word__in=words).delete()
        FirstWord.objects.bulk_create([FirstWord(term=self, word=word) for word in sorted(words)], ignore_conflicts=True)

    def search_entry(self) -> SearchEntry:
        return SearchEntry(self.language, self.term, self.definition, names=self.forms)

    @classmethod
    def search_pages(cls, ids: list[int], language: str) -> dict[int, FoundPage]:
        terms, glossary = cls.objects.filter(pk__in=ids, language=language), reverse("conditions:glossary")
        return {term.pk: FoundPage(f"{glossary}?word={term.slug}#{term.slug}", term.term, language) for term in terms}

    @property
    def forms(self) -> list[str]:
        return [self.term, *(line.strip() for line in self.also.splitlines() if line.strip())]


class FirstWord(models.Model):
    """The word that a form of a term begins with, in small letters: the term can only be in a text that has it."""

    term = models.ForeignKey(GlossaryTerm, on_delete=models.CASCADE, related_name="first_words")
    word = models.CharField(max_length=LONGEST_WORD)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["word", "term"], name="conditions_first_word_once")]

    def __str__(self) -> str:
        return self.word


class MedicineWarning(models.Model):
    """One warning on one medicine or group, in one language. The coach asks for it wherever a page names the medicine."""

    audit_values = ("*",)

    class Kind(models.TextChoices):
        PREGNANCY = "pregnancy", _("Pregnancy")
        INFECTION = "infection", _("Fever and infections")
        VACCINES = "vaccines", _("Vaccines")
        OVERDOSE = "overdose", _("Too much of it")
        STOPPING = "stopping", _("Stopping it")
        ILLNESS = "illness", _("With another illness")
        CHECKS = "checks", _("Checks while taking it")

    slug = Slug(_("short name"), max_length=100, help_text=_("Like methotrexate-pregnancy; the same in each language."))
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    medicine = Line(_("medicine"), max_length=100, help_text=_("Or a group of medicines, as pages name it."))
    also = Paragraphs(
        _("other names"), blank=True, help_text=_("Brands, short forms and members of the group, one on each line.")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    warning = Line(_("warning"), max_length=300, help_text=_("The sentence that a page needs, in families’ words."))
    known_by = Paragraphs(
        _("known by"),
        help_text=_("Words by which we see that a page says it, one wording on each line; any one of them will do."),
    )
    source = Line(_("where it comes from"), max_length=300, blank=True)

    class Meta:
        ordering = ["language", "medicine", "kind"]
        verbose_name = _("warning on a medicine")
        verbose_name_plural = _("warnings on medicines")
        constraints = [
            models.UniqueConstraint(
                fields=["language", "slug"],
                name="conditions_warning_unique",
                violation_error_message=_("This warning is in the table already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.medicine}: {self.warning}"

    @property
    def names(self) -> list[str]:
        return [self.medicine, *self.also.splitlines()]

    def is_said(self, text: str) -> bool:
        """Whether a page with this text has the warning. Neither case nor line breaks matter."""
        page = " ".join(text.split()).casefold()
        return any(words.strip().casefold() in page for words in self.known_by.splitlines() if words.strip())
