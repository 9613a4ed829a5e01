"""Text search: FTS5 on SQLite, `tsvector` on PostgreSQL, one question and one order of answers."""

import re
from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache
from math import log
from typing import NamedTuple

from django.db import connection

from foundation.search.everyday import Meaning, meanings
from foundation.search.fold import COMMON, fold, words
from foundation.search.word_index import IndexedEntry, WordIndex

MOST = 60
MOST_WORDS = 12
FREQUENT = 250  # a word that more entries hold hardly tells them apart, so the database need not rank them by it
HELD_BY_FEW = 5  # a word that no more entries hold tells them apart, however few there are; beyond, a tenth of all
ENOUGH = 2_000  # entries looked at for each word where all of three or more words are so frequent


class Dialect(NamedTuple):
    """How a database is asked for the entries that hold a word, with their rank and without; `also` adds a second question."""

    quote: str
    both: str
    either: str
    ranked: str
    ranked_also: str
    plain: str
    plain_also: str

    def any_of(self, words: Meaning) -> str:
        """Quoted, so that nothing typed is an operator."""
        return f"({self.either.join(f'{self.quote}{word}{self.quote}' for word in words)})"


SQLITE = Dialect(
    quote='"',
    both=" AND ",
    either=" OR ",
    ranked="SELECT rowid AS id, MAX(-bm25(search_text, 6.0, 1.0), 1e-9) AS rank FROM search_text WHERE search_text MATCH %s",
    ranked_also=" AND +rowid IN (SELECT rowid FROM search_text WHERE search_text MATCH %s)",  # "+": not one row at a time
    plain="SELECT rowid AS id, 1.0 AS rank FROM search_text WHERE search_text MATCH %s",
    plain_also=" AND search_text MATCH %s",
)
POSTGRESQL = Dialect(
    quote="'",
    both=" & ",
    either=" | ",
    ranked="SELECT id, GREATEST(ts_rank(vector, q), 1e-9::real) AS rank FROM search_entry, to_tsquery('english', %s) q WHERE vector @@ q",
    ranked_also=" AND vector @@ to_tsquery('english', %s)",
    plain="SELECT id, 1.0::real AS rank FROM search_entry WHERE vector @@ to_tsquery('english', %s)",
    plain_also=" AND vector @@ to_tsquery('english', %s)",
)
_PART, _WORD = re.compile(r"\S+"), re.compile(r"\w+")


def find_entries(question: str, index: WordIndex, *, exactly: bool = False) -> dict[int, float]:
    """Entries that hold most of the words of the folded `question`, or others that mean the same, and how well, 0 to 1.

    A word counts the more, the fewer of all entries hold it, and somewhat more where it is frequent or in a name. Words that
    no entry holds do not count; where they are half or more of the question, an entry must have the others in its names, and
    few others may hold them: “joint” says too little of what “joint zebra” is about.
    """
    asked = _asked(question, exactly)
    hits = _hits_of(_used(asked, index), index)
    held: dict[int, list[Meaning]] = defaultdict(list)
    score: dict[int, float] = defaultdict(float)
    rare = {meaning: log(1 + len(index.entries) / max(_spread(meaning, index), 1)) for meaning in hits}
    for meaning, found in hits.items():
        best = max(rank for _entry, rank in found)
        for entry, rank in found:
            held[entry].append(meaning)
            score[entry] += rare[meaning] * (1 + rank / best) / 2
    mostly = 2 * len(hits) > len(asked)
    if not mostly and any(_spread(meaning, index) > max(HELD_BY_FEW, len(index.entries) // 10) for meaning in hits):
        return {}
    if mostly:
        enough = [entry for entry in score if 2 * len(held[entry]) > len(hits)]
    else:
        enough = [entry for entry in score if _is_named(index.entries.get(entry), held[entry], hits)]
    return {
        entry: score[entry] / sum(rare.values()) for entry in sorted(enough, key=lambda entry: (-score[entry], entry))[:MOST]
    }


def _is_named(entry: IndexedEntry | None, held: list[Meaning], found: Collection[Meaning]) -> bool:
    if not entry or len(held) < len(found):
        return False
    names = entry.shown_words()
    return all(names.intersection(meaning) for meaning in held)


def _asked(question: str, exactly: bool) -> list[Meaning]:
    """What to look for. Figures are only asked for where there are no words.

    To the database a word in -s may be another form of one that stands everywhere: cough in Spanish, “tos”, of “to”.
    """
    every = [(word,) for word in words(question)] if exactly else meanings(question)
    every = [meaning for meaning in every if not _is_letter_of_name(meaning)]
    asked = [tuple(word for word in meaning if word.removesuffix("s") not in COMMON) for meaning in every]
    asked = [meaning for meaning in asked if meaning != ("no",)]
    return ([meaning for meaning in asked if not "".join(meaning).isdigit()] or asked)[:MOST_WORDS]


def _is_letter_of_name(meaning: Meaning) -> bool:
    """It tells names apart; in a text it is an article, or “I”."""
    return meaning[0] in COMMON


def _used(asked: list[Meaning], index: WordIndex) -> list[Meaning]:
    """Those that an entry holds. Where no entry has the very word, one may have another form of it: the database knows."""
    asked = list(filter(None, asked))
    unsure = {meaning: f"{place}" for place, meaning in enumerate(asked) if not _spread(meaning, index)}
    if not unsure:
        return asked
    say = _dialect()
    parts = " UNION ALL ".join(f"SELECT * FROM (SELECT %s AS place FROM ({say.plain} LIMIT 1) AS hit) AS one" for _ in unsure)
    values = [value for meaning, place in unsure.items() for value in (place, say.any_of(meaning))]
    with connection.cursor() as cursor:
        cursor.execute(parts, values)
        used = {place for (place,) in cursor.fetchall()}
    return [meaning for meaning in asked if unsure.get(meaning) is None or unsure[meaning] in used]


def _dialect() -> Dialect:
    return SQLITE if connection.vendor == "sqlite" else POSTGRESQL


def _spread(meaning: Meaning, index: WordIndex) -> int:
    return sum(index.spread[word] for word in meaning)


def _hits_of(asked: list[Meaning], index: WordIndex) -> dict[Meaning, list[tuple[int, float]]]:
    """By each that is found: (entry, the database's own rank) of those that hold it."""
    hits: dict[Meaning, list[tuple[int, float]]] = defaultdict(list)
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(*_sql(asked, [_spread(meaning, index) for meaning in asked]))
            for place, entry, rank in cursor.fetchall():
                hits[asked[int(place)]].append((entry, rank))
    return hits


def _sql(asked: list[Meaning], spread: list[int]) -> tuple[str, list[str]]:
    """One question for all and its values."""
    say = _dialect()
    quoted = [say.any_of(meaning) for meaning in asked]
    frequent = [count > FREQUENT for count in spread]
    rarest_first = sorted(range(len(asked)), key=spread.__getitem__)
    others, limit = _others([quoted[place] for place in rarest_first], say), _limit(frequent)
    parts, values = [], []
    for place, words_quoted in enumerate(quoted):
        holders, also = (say.plain, say.plain_also) if frequent[place] else (say.ranked, say.ranked_also)
        parts.append(f"SELECT %s AS word, id, rank FROM ({holders}{also if others else ''}{limit}) AS hits")
        values += [str(place), words_quoted, *others]
    return " UNION ALL ".join(parts), values


def _others(rarest_first: list[str], say: Dialect) -> list[str]:
    """What also to ask for, if there are several words: all entries that hold more than half of them answer it, and few others.

    Such an entry lacks less than half of the words, so it holds one of the rarest and another that is not as rare. Beyond
    three words, to ask for that other too takes longer than it saves. What is found here also decides the order: a rank counts
    as much as it is of the best one found.
    """
    one_of = rarest_first[: (len(rarest_first) + 1) // 2]
    if len(rarest_first) in {2, 3}:
        others = (say.either.join(rarest_first[place:]) for place in range(1, len(one_of) + 1))
        one_of = [f"({word}{say.both}({other}))" for word, other in zip(one_of, others, strict=True)]
    return [say.either.join(one_of)] if rarest_first[1:] else []


def _limit(frequent: list[bool]) -> str:
    """How many entries of each word are enough."""
    if all(frequent):  # those with the same words are as good as each other
        return f" ORDER BY id LIMIT {MOST if len(frequent) <= 2 else ENOUGH}"
    return f" ORDER BY rank DESC, id LIMIT {MOST}" if len(frequent) == 1 else ""


def excerpt(text: str, folded: str, question: str, length: int = 180) -> list[tuple[str, bool]]:
    """About `length` characters of `text` where it answers the folded `question` best, as (part, whether it matches).

    `folded` is the whole text, folded: where it has none of the words, nothing is looked for.
    """
    telling = [meaning for meaning in meanings(question) if meaning != ("no",) and not _is_letter_of_name(meaning)]
    asked = [tuple(_beginning(word) for word in meaning) for meaning in telling]
    beginnings = tuple(beginning for meaning in asked for beginning in meaning)
    matches = any(beginning in f"{folded} " for beginning in beginnings)
    first = _fullest(text, asked, length // 2) if matches else 0
    start = 0 if first < length // 3 else text.rfind(" ", 0, first - length // 4) + 1
    end = len(text) if start + length >= len(text) else max(text.rfind(" ", start, start + length), start)
    shown = ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")
    return _marked(shown, beginnings) if matches else [(shown, False)]


def _fullest(text: str, asked: list[Meaning], reach: int) -> int:
    """The word from which on the most of what was asked stands within `reach` characters, the first of equals; 0 if there is none.

    So who asks for “cannot put weight on leg” reads the line that says what to do then, and not the first that holds a leg.
    """
    held = [
        (part.start(), {place for place, each in enumerate(asked) if _matches(part[0], each)}) for part in _PART.finditer(text)
    ]
    held = [(at, places) for at, places in held if places]

    def fullness(place: int) -> int:
        """How many of what was asked stand from this word on; the slice holds all that can."""
        at, _places = held[place]
        return len(set[int]().union(*(others for other, others in held[place : place + reach] if other < at + reach)))

    return held[max(range(len(held)), key=fullness)][0] if held else 0


def _marked(text: str, beginnings: tuple[str, ...]) -> list[tuple[str, bool]]:
    """A text in parts: words that begin so, and what is between them."""
    parts, at = [], 0
    for word in _WORD.finditer(text):
        if _matches(word.group(), beginnings):
            parts += [(text[at : word.start()], False), (word.group(), True)]
            at = word.end()
    return [*parts, (text[at:], False)]


def _beginning(word: str) -> str:
    """By which it is found in other forms too: fevers. One or two letters are the whole word: vitamin D is not “day”."""
    return f"{word} " if len(word) < 3 and word.isascii() else word[:6]


def _matches(part: str, beginnings: tuple[str, ...]) -> bool:
    """What is one word to some may be several when folded."""
    return any(f"{word} ".startswith(beginnings) for word in _folded(part).split())


def tidy() -> None:
    """Merges what was added since into one index, from which removed words are gone for good. PostgreSQL does so by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_text (search_text) VALUES ('optimize')")


_folded = lru_cache(maxsize=20_000)(fold)
