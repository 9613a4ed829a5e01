"""The languages of the site: what each is called, which way it runs, and words that know which one they are in.

Django knows about a hundred languages. One that it does not know needs a line in `LANGUAGES` and a `.po` all the same.
"""

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext, override


def language_choices() -> Iterable[tuple[str, Any]]:
    """For fields: a migration names this function and not the languages, so that another language needs none."""
    return settings.LANGUAGES


def own_name(code: str) -> str:
    """What speakers of a language call it; of one that Django does not know, its `.po` says so under its English name."""
    with override(code):
        return LANG_INFO.get(code, {}).get("name_local") or gettext(str(dict(settings.LANGUAGES)[code]))


def runs_right_to_left(code: str) -> bool:
    return code.partition("-")[0] in settings.LANGUAGES_BIDI


def is_known(code: str) -> bool:
    return code in LANG_INFO or code in dict(settings.LANGUAGES)


def check_language(code: str) -> None:
    """Raises ValidationError unless it is the code of a language that we can name."""
    if not is_known(code):
        raise ValidationError(gettext("“%(code)s” is no language code. Write them like en, es."), "language", {"code": code})


def language_name(code: str) -> str:
    """In the language that is active, written as that writes names of languages; the code of one that is not known."""
    names = dict(settings.LANGUAGES)
    if code in names:
        return str(names[code])
    name = gettext(LANG_INFO[code]["name"]) if code in LANG_INFO else code
    return name.lower() if str(names[settings.LANGUAGE_CODE]).islower() else name


def foreign(language: str) -> str:
    """The language to mark words with; "" for the reader's own."""
    return language if language != get_language() else ""


class Named(str):
    """Words as they stand, that know their `language`; `lang` is it where it is another than the page's, else ""."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, words: str, language: str) -> Self:
        named = super().__new__(cls, words)
        named.language = language
        return named

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.language

    @property
    def lang(self) -> str:
        return foreign(self.language)
