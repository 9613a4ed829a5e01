"""What families say and what our pages say: the table `words/everyday.txt`."""

from functools import cache
from pathlib import Path

from foundation.search.fold import fold, words

WORDS = Path(__file__).parent / "words" / "everyday.txt"

Meaning = tuple[str, ...]  # words of which any will do


def meanings(question: str) -> list[Meaning]:
    """What is asked for by a folded question, in its order: each word with others that mean the same, a phrase as one."""
    found, rest = [], f" {question} "
    for phrase, others in _table().items():
        if " " in phrase and f" {phrase} " in rest:
            found.append(others)
            rest = rest.replace(f" {phrase} ", " ")
    return [*found, *((word, *_table().get(word, ())) for word in words(rest))]


def is_everyday(word: str) -> bool:
    return word in _table()


@cache
def _table() -> dict[str, Meaning]:
    table: dict[str, Meaning] = {}
    for line in WORDS.read_text("utf-8").splitlines():
        said, _colon, meant = line.partition("#")[0].partition(":")
        others = tuple(map(fold, meant.split(",")))
        table |= {fold(one): tuple(other for other in others if other != fold(one)) for one in said.split(",") if fold(one)}
    return table
