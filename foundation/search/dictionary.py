"""Words that are words, whether our pages use them or not: they are never taken for a mistyped other one."""

import unicodedata
from collections import defaultdict
from functools import cache

from django.conf import settings
from spellchecker import SpellChecker

BEGINNING = 2  # letters by which the words are kept apart


def is_word(folded: str) -> bool:
    """Whether `folded` is a word of one of the site's languages of which there is a list."""
    return f" {folded} " in _words().get(folded[:BEGINNING], "")


@cache
def _words() -> dict[str, str]:
    """Those that begin alike in one string: 3 MB for English and Spanish, where a set of them all would take 30."""
    languages = {code for code, _name in settings.LANGUAGES} & set(SpellChecker.languages())
    lists = (SpellChecker(language=code).word_frequency.words() for code in sorted(languages))
    words = " ".join(word for each in lists for word in each).replace("'", "")
    alike = defaultdict(list)
    for word in unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().split():
        alike[word[:BEGINNING]].append(word)
    return {beginning: f" {' '.join(each)} " for beginning, each in alike.items()}
