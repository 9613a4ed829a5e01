"""Text search: FTS5 on SQLite, `tsvector` on PostgreSQL, one question and one order of answers."""

import re
from collections import defaultdict
from functools import lru_cache
from itertools import groupby
from math import log

from django.db import connection

from foundation.search.fold import fold, words

MOST = 60
MOST_WORDS = 12

SQLITE = "SELECT %s AS word, rowid AS id, -bm25(search_text, 6.0, 1.0) AS rank FROM search_text WHERE search_text MATCH %s"
POSTGRESQL = (
    "SELECT %s AS word, id, ts_rank(vector, q) AS rank FROM search_entry, to_tsquery('english', %s) q WHERE vector @@ q"
)


def found(question: str, entries: int) -> list[int]:
    """Ids of the entries that hold more than half of the words of the folded `question`, best first.

    A word counts the more, the fewer of all `entries` hold it, and somewhat more where it is frequent or in a name.
    """
    asked = [word for word in words(question) if word != "no"][:MOST_WORDS]
    ranks = _ranks(asked)
    held: dict[int, int] = defaultdict(int)
    score: dict[int, float] = defaultdict(float)
    for own in ranks.values():
        rare, best = log(1 + entries / len(own)), max(own.values())
        for entry, rank in own.items():
            held[entry] += 1
            score[entry] += rare * (1 + rank / best)
    enough = [entry for entry in score if 2 * held[entry] > len(asked)]
    return sorted(enough, key=lambda entry: (-score[entry], entry))[:MOST]


def _ranks(asked: list[str]) -> dict[str, dict[int, float]]:
    """For each word the entries that hold it, with the database's own rank. Quoted, so that nothing typed is an operator."""
    if not asked:
        return {}
    sqlite = connection.vendor == "sqlite"
    query = " UNION ALL ".join([SQLITE if sqlite else POSTGRESQL] * len(asked))
    quote = '"' if sqlite else "'"
    ranks: dict[str, dict[int, float]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(query, [value for word in asked for value in (word, f"{quote}{word}{quote}")])
        for word, entry, rank in cursor.fetchall():
            ranks[word][entry] = max(rank, 1e-9)  # bm25 is 0 or less for a word that most entries hold
    return ranks


def excerpt(text: str, question: str, length: int = 180) -> list[tuple[str, bool]]:
    """About `length` characters of `text` around the first word of the folded `question` in it, as (part, whether it matches)."""
    beginnings = tuple(word[:6] for word in words(question) if word != "no")
    first = next((word.start() for word in re.finditer(r"\S+", text) if _matches(word.group(), beginnings)), 0)
    start = 0 if first < length // 3 else text.rfind(" ", 0, first - length // 4) + 1
    end = len(text) if start + length >= len(text) else max(text.rfind(" ", start, start + length), start)
    shown = ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")
    runs = groupby(re.split(r"(\w+)", shown), key=lambda part: _matches(part, beginnings))
    return [("".join(run), matches) for matches, run in runs]


@lru_cache(maxsize=20_000)
def _matches(part: str, beginnings: tuple[str, ...]) -> bool:
    return any(word.startswith(beginnings) for word in fold(part).split())
