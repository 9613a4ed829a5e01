"""How alike words are, and a question and a name."""

from collections.abc import Iterable

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Prefix

NEAR = 78.0  # below this, two words or names are not the same one mistyped (out of 100)
VERY_NEAR = 90.0  # asked of words that begin with different letters: people seldom mistype the first
HOPEFUL = 60.0  # a name that only begins as the question is not meant if it goes on so long that they are less alike
MISTYPED = 95.0  # a mistyped word is never as near as the word itself
SAME = 96.0  # from here on the question is the name, or how it begins
ENDING = 3  # letters in which two forms of a word may differ: vertebra, vertebrae
SHORT = 4  # words of up to this many letters are too easily alike to be taken for one another

# By each word asked: the words of names that may be meant, and how alike they are (0 to 1).
Alike = dict[str, dict[str, float]]


def mistyped(word: str, others: Iterable[str]) -> list[tuple[str, float]]:
    """Those of the others that `word` may be, mistyped, and how alike they are (out of 100)."""
    near = process.extract(word, others, scorer=fuzz.ratio, score_cutoff=NEAR, limit=None)
    return [(other, score) for other, score, _place in near if other[0] == word[0] or score >= VERY_NEAR]


def is_form_of(word: str, other: str) -> bool:
    """Whether two words differ in their ending only: infection, infections."""
    return Prefix.similarity(word, other) >= max(len(word), len(other)) - ENDING


def likeness(question: str, name: str, name_words: tuple[str, ...], alike: Alike) -> float:
    """How alike a folded question and a folded name are, 0 to 100.

    100: the same; 99: but for the spaces; 96: the name's beginning; 85 to 98: the name holds every word of the question;
    80 to 98: the question holds every word of the name; else up to 95: how much of each is found in the other, mistypings allowed.
    """
    if question.replace(" ", "") == name.replace(" ", ""):
        return 100.0 if question == name else 99.0
    if _begins(name, question):
        return SAME
    if not (alike and name_words):
        return 0.0
    in_question, in_name = _covered(alike, name_words)
    if in_question == 1.0:
        return 85.0 + 13.0 * in_name
    if in_name == 1.0:
        return 80.0 + 18.0 * in_question
    whole = fuzz.ratio(question, name, score_cutoff=VERY_NEAR)
    near = max(whole, 65.0 * max(in_question, in_name) + 35.0 * min(in_question, in_name))
    return min(near, MISTYPED)


def _begins(name: str, question: str) -> bool:
    if len(question) < 3 or not name.startswith(question):
        return False
    return name[len(question)] == " " or fuzz.token_set_ratio(question, name) >= HOPEFUL


def _covered(alike: Alike, name_words: tuple[str, ...]) -> tuple[float, float]:
    """The part of the question's words, by length, that is found in the name, and the other way round, 0 to 1."""
    asked = {word: max(others.get(own, 0.0) for own in name_words) for word, others in alike.items()}
    named = {own: max(others.get(own, 0.0) for others in alike.values()) for own in name_words}
    return _part(asked), _part(named)


def _part(near: dict[str, float]) -> float:
    return sum(len(word) * score for word, score in near.items()) / sum(map(len, near))
