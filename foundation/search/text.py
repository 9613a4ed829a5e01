"""Text search: FTS5 on SQLite, `tsvector` on PostgreSQL, one question and one order of answers."""

import re
from collections import defaultdict
from functools import lru_cache
from itertools import groupby
from math import log

from django.db import connection

from foundation.search.fold import fold, words
from foundation.search.names import Known

MOST = 60
MOST_WORDS = 12
FREQUENT = 1_000  # a word that more entries hold cannot tell them apart, so the database need not rank them by it
ENOUGH = 2_000  # entries looked at for each word where every word is so frequent

SQLITE = "SELECT %s AS word, rowid AS id, -bm25(search_text, 6.0, 1.0) AS rank FROM search_text WHERE search_text MATCH %s"
POSTGRESQL = (
    "SELECT %s AS word, id, ts_rank(vector, q) AS rank FROM search_entry, to_tsquery('english', %s) q WHERE vector @@ q"
)

SQLITE_PLAIN = "SELECT %s AS word, rowid AS id, 1.0 AS rank FROM search_text WHERE search_text MATCH %s"
POSTGRESQL_PLAIN = "SELECT %s AS word, id, 1.0 AS rank FROM search_entry WHERE vector @@ to_tsquery('english', %s)"


def found(question: str, known: Known) -> list[int]:
    """Ids of the entries that hold more than half of the words of the folded `question`, best first.

    A word counts the more, the fewer of all entries hold it, and somewhat more where it is frequent or in a name.
    """
    asked = [word for word in words(question) if word != "no"][:MOST_WORDS]
    ranks = _ranks(asked, {word for word in asked if known.spread[word] > FREQUENT})
    held: dict[int, int] = defaultdict(int)
    score: dict[int, float] = defaultdict(float)
    for own in ranks.values():
        rare, best = log(1 + len(known.entries) / len(own)), max(own.values())
        for entry, rank in own.items():
            held[entry] += 1
            score[entry] += rare * (1 + rank / best)
    enough = [entry for entry in score if 2 * held[entry] > len(asked)]
    return sorted(enough, key=lambda entry: (-score[entry], entry))[:MOST]


def _ranks(asked: list[str], frequent: set[str]) -> dict[str, dict[int, float]]:
    """For each word the entries that hold it, with the database's own rank. Quoted, so that nothing typed is an operator."""
    ranks: dict[str, dict[int, float]] = defaultdict(dict)
    if asked:
        quote = '"' if connection.vendor == "sqlite" else "'"
        with connection.cursor() as cursor:
            cursor.execute(_sql(asked, frequent), [value for word in asked for value in (word, f"{quote}{word}{quote}")])
            for word, entry, rank in cursor.fetchall():
                ranks[word][entry] = max(float(rank), 1e-9)  # bm25 is 0 or less for a word that most entries hold
    return ranks


def _sql(asked: list[str], frequent: set[str]) -> str:
    """One question for all words; where all are frequent, the first entries of each are as good as any."""
    ranked, plain = (SQLITE, SQLITE_PLAIN) if connection.vendor == "sqlite" else (POSTGRESQL, POSTGRESQL_PLAIN)
    limit = f" LIMIT {ENOUGH}" if frequent.issuperset(asked) else ""
    return " UNION ALL ".join(f"SELECT * FROM ({plain if word in frequent else ranked}{limit}) AS held" for word in asked)


def excerpt(text: str, folded: str, question: str, length: int = 180) -> list[tuple[str, bool]]:
    """About `length` characters of `text` around the first word of the folded `question` in it, as (part, whether it matches).

    `folded` is the whole text, folded: where it has none of the words, nothing is looked for.
    """
    beginnings = tuple(word[:6] for word in words(question) if word != "no")
    first = _first(text, beginnings) if any(beginning in folded for beginning in beginnings) else 0
    start = 0 if first < length // 3 else text.rfind(" ", 0, first - length // 4) + 1
    end = len(text) if start + length >= len(text) else max(text.rfind(" ", start, start + length), start)
    shown = ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")
    runs = groupby(re.split(r"(\w+)", shown), key=lambda part: _matches(part, beginnings))
    return [("".join(run), matches) for matches, run in runs]


def _first(text: str, beginnings: tuple[str, ...]) -> int:
    """Where the first word stands that begins so; 0 if there is none."""
    return next((word.start() for word in re.finditer(r"\S+", text) if _matches(word.group(), beginnings)), 0)


def _matches(part: str, beginnings: tuple[str, ...]) -> bool:
    for word in _folded(part):  # noqa: SIM110 (a generator for each of hundreds of words costs more than the comparing)
        if word.startswith(beginnings):
            return True
    return False


@lru_cache(maxsize=20_000)
def _folded(part: str) -> tuple[str, ...]:
    return tuple(fold(part).split())
