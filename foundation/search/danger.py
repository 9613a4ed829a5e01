"""Whether a question speaks of danger: then the page says first whom to call. The words stand in `words/danger.txt`."""

import re
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz import fuzz

from foundation.search.dictionary import is_word

WORDS = Path(__file__).parent / "words" / "danger.txt"
DENIALS = set(
    "no not cant cannot wont dont doesnt didnt isnt never stop stops stopped unable refuse refuses refused refusing".split()
)
DENIALS_ES = {"no", "sin", "nunca", "tampoco", "deja", "dejo", "niega", "rehusa"}
BETWEEN = 3  # other words between two of a phrase, at most
LONG = 6  # words of fewer letters are too easily alike to be taken for one another
NEAR = 83.0  # from here on a longer word is the other one mistyped (out of 100)

Phrase = tuple[tuple[str, ...], ...]  # for each of its words those that may stand there


def is_danger(question: str) -> bool:
    """Whether the folded `question` holds one of the phrases. “My self” is one word."""
    asked = re.sub(r"\b(my|him|her|them) (?=sel(f|ves)\b)", r"\1", question).split()
    return any(_stands(phrase, asked[place:]) for place in range(len(asked)) for phrase in _phrases())


@cache
def _phrases() -> list[Phrase]:
    lines = (line.partition("#")[0] for line in WORDS.read_text("utf-8").splitlines())
    return [tuple(tuple(word.split("|")) for word in line.split()) for line in lines if line.strip()]


def _stands(phrase: Phrase, asked: list[str]) -> bool:
    """Whether `asked` begins with the phrase, other words between its own."""
    if not (asked and any(_is(asked[0], other) for other in phrase[0])):
        return False
    rest = phrase[1:]
    return not rest or any(_stands(rest, asked[place:]) for place in range(1, BETWEEN + 2))


@lru_cache(maxsize=10_000)
def _is(word: str, other: str) -> bool:
    if other == "not":
        return word in DENIALS | DENIALS_ES
    beginning = other.removesuffix("*")
    if word == other or (beginning != other and word.startswith(beginning)):
        return True
    if len(beginning) < LONG or len(word) < len(beginning) - 1 or is_word(word):
        return False
    parts = [word] if beginning == other else [word[: len(beginning) + more] for more in (-1, 0, 1)]
    return any(fuzz.ratio(part, beginning) >= NEAR for part in parts)
