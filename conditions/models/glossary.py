"""Medical words in plain ones."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.prose.fields import Line, Paragraphs, Slug


class GlossaryTerm(models.Model):
    """One word in one language. The same slug in two languages is the same word."""

    slug = Slug(_("address"), max_length=100)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        from conditions.search_entries import store_term

        super().save(*args, **kwargs)
        store_term(self)

    @property
    def forms(self) -> list[str]:
        return [self.term, *(line.strip() for line in self.also.splitlines() if line.strip())]
