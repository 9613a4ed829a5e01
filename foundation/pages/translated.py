"""Rows that are written once and read in every language: what a department is called, how to get there."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foundation.pages.languages import Named, language_name


class Translated(models.Model):
    """The fields hold the site's first language; `translations` the fields named in `translated` in others: {"es": {"name": …}}.

    What is not translated is read in the first language, and marked so (`Named.lang`).
    """

    translated: ClassVar[tuple[str, ...]]

    translations = models.JSONField(_("in other languages"), default=dict, blank=True)

    class Meta:
        abstract = True

    @property
    def words(self) -> dict[str, Named]:
        return self.words_in(get_language() or settings.LANGUAGE_CODE)

    def words_in(self, language: str) -> dict[str, Named]:
        own = self.translations.get(language, {})
        first = settings.LANGUAGE_CODE
        return {
            name: Named(own[name], language) if own.get(name) else Named(getattr(self, name), first)
            for name in self.translated
        }

    @property
    def written_in(self) -> list[str]:
        return [code for code, _name in settings.LANGUAGES if code == settings.LANGUAGE_CODE or self.translations.get(code)]

    def clean(self) -> None:
        """Every translation as its field would store it, without empty ones. Raises ValidationError."""
        super().clean()
        cleaned = {code: self._clean_words(code, words) for code, words in self.translations.items()}
        self.translations = {code: words for code, words in cleaned.items() if words}

    def _clean_words(self, code: str, words: dict[str, str]) -> dict[str, str]:
        return {name: self._clean_field(code, name, words[name]) for name in self.translated if words.get(name)}

    def _clean_field(self, code: str, name: str, text: str) -> str:
        field: Any = self._meta.get_field(name)
        try:
            return str(field.clean(text, self))
        except ValidationError as error:
            words = {"language": language_name(code), "field": field.verbose_name, "faults": " ".join(error.messages)}
            raise ValidationError({"translations": _("%(language)s, %(field)s: %(faults)s") % words}) from error
