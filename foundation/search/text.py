"""Text search: FTS5 on SQLite, `tsvector` on PostgreSQL, one question and one order of answers."""

import re
from collections import Counter, defaultdict
from functools import lru_cache
from math import log
from typing import NamedTuple

from django.db import connection

from foundation.search.fold import fold, words
from foundation.search.word_index import WordIndex

MOST = 60
MOST_WORDS = 12
FREQUENT = 250  # a word that more entries hold hardly tells them apart, so the database need not rank them by it
ENOUGH = 2_000  # entries looked at for each word where all of three or more words are so frequent


class Dialect(NamedTuple):
    """How a database is asked for the entries that hold a word, with their rank and without; `also` adds a second question."""

    quote: str
    either: str
    ranked: str
    ranked_also: str
    plain: str
    plain_also: str


SQLITE = Dialect(
    quote='"',
    either=" OR ",
    ranked="SELECT rowid AS id, MAX(-bm25(search_text, 6.0, 1.0), 1e-9) AS rank FROM search_text WHERE search_text MATCH %s",
    ranked_also=" AND +rowid IN (SELECT rowid FROM search_text WHERE search_text MATCH %s)",  # "+": not one row at a time
    plain="SELECT rowid AS id, 1.0 AS rank FROM search_text WHERE search_text MATCH %s",
    plain_also=" AND search_text MATCH %s",
)
POSTGRESQL = Dialect(
    quote="'",
    either=" | ",
    ranked="SELECT id, GREATEST(ts_rank(vector, q), 1e-9::real) AS rank FROM search_entry, to_tsquery('english', %s) q WHERE vector @@ q",
    ranked_also=" AND vector @@ to_tsquery('english', %s)",
    plain="SELECT id, 1.0::real AS rank FROM search_entry WHERE vector @@ to_tsquery('english', %s)",
    plain_also=" AND vector @@ to_tsquery('english', %s)",
)
_PART, _WORD = re.compile(r"\S+"), re.compile(r"\w+")


def found(question: str, index: WordIndex) -> list[int]:
    """Ids of the entries that hold more than half of the words of the folded `question`, best first.

    A word counts the more, the fewer of all entries hold it, and somewhat more where it is frequent or in a name.
    """
    asked = [word for word in words(question) if word != "no"][:MOST_WORDS]
    held: dict[int, int] = defaultdict(int)
    score: dict[int, float] = defaultdict(float)
    for word, hits in _hits_of(asked, index).items():
        rare = log(1 + len(index.entries) / max(index.spread[word], 1))
        best = max(rank for _entry, rank in hits)
        for entry, rank in hits:
            held[entry] += 1
            score[entry] += rare * (1 + rank / best)
    enough = [entry for entry in score if 2 * held[entry] > len(asked)]
    return sorted(enough, key=lambda entry: (-score[entry], entry))[:MOST]


def _hits_of(asked: list[str], index: WordIndex) -> dict[str, list[tuple[int, float]]]:
    """By each word that is found: (entry, the database's own rank) of those that hold it."""
    hits: dict[str, list[tuple[int, float]]] = defaultdict(list)
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(*_sql(asked, index.spread))
            for word, entry, rank in cursor.fetchall():
                hits[word].append((entry, rank))
    return hits


def _sql(asked: list[str], spread: Counter[str]) -> tuple[str, list[str]]:
    """One question for all words and its values. Quoted, so that nothing typed is an operator."""
    say = SQLITE if connection.vendor == "sqlite" else POSTGRESQL
    quoted = {word: f"{say.quote}{word}{say.quote}" for word in asked}
    frequent = {word for word in asked if spread[word] > FREQUENT}
    others, limit = _others([quoted[word] for word in sorted(asked, key=spread.__getitem__)], say), _limit(asked, frequent)
    parts, values = [], []
    for word in asked:
        holders, also = (say.plain, say.plain_also) if word in frequent else (say.ranked, say.ranked_also)
        parts.append(f"SELECT %s AS word, id, rank FROM ({holders}{also if others else ''}{limit}) AS hits")
        values += [word, quoted[word], *others]
    return " UNION ALL ".join(parts), values


def _others(rarest_first: list[str], say: Dialect) -> list[str]:
    """What also to ask for, if there are several words: an entry that holds more than half of them holds one of the rarest."""
    one_of = rarest_first[: (len(rarest_first) + 1) // 2]
    return [say.either.join(one_of)] if rarest_first[1:] else []


def _limit(asked: list[str], frequent: set[str]) -> str:
    """How many entries of each word are enough."""
    if frequent.issuperset(asked):  # those with the same words are as good as each other
        return f" ORDER BY id LIMIT {MOST if len(asked) <= 2 else ENOUGH}"
    return f" ORDER BY rank DESC, id LIMIT {MOST}" if len(asked) == 1 else ""


def excerpt(text: str, folded: str, question: str, length: int = 180) -> list[tuple[str, bool]]:
    """About `length` characters of `text` around the first word of the folded `question` in it, as (part, whether it matches).

    `folded` is the whole text, folded: where it has none of the words, nothing is looked for.
    """
    beginnings = tuple(word[:6] for word in words(question) if word != "no")
    matches = any(beginning in folded for beginning in beginnings)
    first = _first(text, beginnings) if matches else 0
    start = 0 if first < length // 3 else text.rfind(" ", 0, first - length // 4) + 1
    end = len(text) if start + length >= len(text) else max(text.rfind(" ", start, start + length), start)
    shown = ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")
    return _marked(shown, beginnings) if matches else [(shown, False)]


def _first(text: str, beginnings: tuple[str, ...]) -> int:
    """Where the first word stands that begins so; 0 if there is none."""
    return next((word.start() for word in _PART.finditer(text) if _matches(word.group(), beginnings)), 0)


def _marked(text: str, beginnings: tuple[str, ...]) -> list[tuple[str, bool]]:
    """A text in parts: words that begin so, and what is between them."""
    parts, at = [], 0
    for word in _WORD.finditer(text):
        if _matches(word.group(), beginnings):
            parts += [(text[at : word.start()], False), (word.group(), True)]
            at = word.end()
    return [*parts, (text[at:], False)]


def _matches(part: str, beginnings: tuple[str, ...]) -> bool:
    """What is one word to some may be several when folded."""
    return any(word.startswith(beginnings) for word in _folded(part).split())


def tidy() -> None:
    """Merges what was added since into one index, from which removed words are gone for good. PostgreSQL does so by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_text (search_text) VALUES ('optimize')")


_folded = lru_cache(maxsize=20_000)(fold)
