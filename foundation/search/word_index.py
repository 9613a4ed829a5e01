"""What a process remembers of the names and words in the table, renewed by what has changed.

Names are typed with mistakes: those that share a word with the question, mistypings allowed, are compared with it one by one
(`likeness`), the same on both databases.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from heapq import nsmallest
from sys import intern
from threading import Lock
from typing import NamedTuple

from django.db import connection

from foundation.search.dictionary import is_word
from foundation.search.everyday import is_everyday
from foundation.search.fold import fold, words
from foundation.search.likeness import NEAR, SHORT, Alike, is_form_of, likeness, mistyped
from foundation.search.models import Entry, Name
from foundation.search.site_pages import KIND, registered

MOST = 100  # entries that an answer considers for their names: `ALL` pages of a group, in two languages
BATCH = 500  # entries that are read at once
CODE_WORDS = 4  # parts in which a code may be typed: ICD 10 M86 3
BRANCHING = re.compile(r"[a-z]\d[0-9a-z]{1,6}")  # a code that may stand below another, joined: m86361
NAME = ("pk", "folded", "text", "entry_id", "kind")
ENTRY = ("pk", "kind", "object_id", "language", "folded_text")
STAMP = "SELECT (SELECT COUNT(*) FROM search_entry), (SELECT MAX(changed_at) FROM search_entry), (SELECT MAX(id) FROM search_entry)"  # each by an index of its own
STORED = "SELECT id, CAST(changed_at AS text) FROM search_entry"


class IndexedName(NamedTuple):
    """A name as it is compared, as it is shown, and its words that can tell pages apart; `pk` orders names that are as near."""

    pk: int
    folded: str
    shown: str
    words: tuple[str, ...]


class IndexedCode(NamedTuple):
    """A code without spaces, as it is shown, and whether longer ones that begin so are meant too."""

    pk: int
    joined: str
    shown: str
    is_branch: bool


class IndexedEntry(NamedTuple):
    """An entry without its text: its names and codes, and each word of its text once."""

    pk: int
    kind: str
    object_id: int
    language: str
    names: tuple[IndexedName, ...]
    text_words: tuple[str, ...]
    codes: tuple[IndexedCode, ...] = ()

    def words(self) -> set[str]:
        return {*self.text_words, *self.name_words()}

    def name_words(self) -> set[str]:
        return {word for name in self.names for word in (*name.folded.split(), *name.words)}

    def joined_names(self) -> set[str]:
        return {name.folded.replace(" ", "") for name in self.names}

    def shown_words(self) -> set[str]:
        """Of its names without those that are only there to be found, which may be misspelt."""
        return {word for name in self.names if name.folded == fold(name.shown) for word in name.folded.split()}

    def well_spelt_words(self) -> set[str]:
        return {*self.text_words, *self.shown_words()}

    def joined_codes(self) -> set[str]:
        return {code.joined for code in self.codes}


class Match(NamedTuple):
    """The name of an entry that is nearest to a question, or its code, and how near (out of 100)."""

    score: float
    entry: int
    name: IndexedName | IndexedCode


@dataclass(frozen=True)
class WordIndex:
    """Never changed, only replaced: who reads it needs no lock.

    `spread` says in how many entries a word stands, names included; `vocabulary` the same of words that are spelt as meant.
    `holders` are the entries with a word in their names, `joined` those with a name that reads so without its spaces,
    `coded` those with a code.
    """

    entries: dict[int, IndexedEntry] = field(default_factory=dict)
    spread: Counter[str] = field(default_factory=Counter)
    vocabulary: Counter[str] = field(default_factory=Counter)
    holders: dict[str, frozenset[int]] = field(default_factory=dict)
    joined: dict[str, frozenset[int]] = field(default_factory=dict)
    coded: dict[str, frozenset[int]] = field(default_factory=dict)

    def replace(self, gone: Iterable[int], new: list[IndexedEntry]) -> "WordIndex":
        """Another index, without what is gone and the former state of what is new."""
        out_of_date = {*gone, *(entry.pk for entry in new)}
        former = [self.entries[pk] for pk in out_of_date if pk in self.entries]
        others = {pk: entry for pk, entry in self.entries.items() if pk not in out_of_date}
        return WordIndex(
            others | {entry.pk: entry for entry in new},
            _count(self.spread, former, new, IndexedEntry.words),
            _count(self.vocabulary, former, new, IndexedEntry.well_spelt_words),
            _hold(self.holders, former, new, IndexedEntry.name_words),
            _hold(self.joined, former, new, IndexedEntry.joined_names),
            _hold(self.coded, former, new, IndexedEntry.joined_codes),
        )

    def find_codes(self, question: str) -> tuple[list[Match], str]:
        """The entries meant by a code in a folded question, and the question without it; by the beginning of a code, all with it."""
        typed = question.split()
        for length in range(CODE_WORDS, 0, -1):
            for start in range(len(typed) - length + 1):
                if found := self._with_code("".join(typed[start : start + length])):
                    return found, " ".join(typed[:start] + typed[start + length :])
        return self._with_code_below("".join(typed)), question

    def _with_code(self, joined: str) -> list[Match]:
        """By this very code, else by the nearest one above it that includes it."""
        shortest = 3 if BRANCHING.fullmatch(joined) else len(joined)
        above = (self._matches(joined[:end], joined) for end in range(len(joined), shortest - 1, -1))
        return next(filter(None, above), [])

    def _with_code_below(self, joined: str) -> list[Match]:
        codes = (code for code in self.coded if code.startswith(joined)) if BRANCHING.fullmatch(joined) else ()
        return [match for code in codes for match in self._matches(code, code)]

    def _matches(self, code: str, typed: str) -> list[Match]:
        codes = ((pk, own) for pk in sorted(self.coded.get(code, ())) for own in self.entries[pk].codes if own.joined == code)
        return [Match(100.0, pk, own) for pk, own in codes if own.is_branch or code == typed]

    def closest(self, question: str, *, exactly: bool = False) -> list[Match]:
        """The `MOST` entries with the names nearest to a folded question, best first; if `exactly`, no word counts as mistyped."""
        alike = {word: {word: 1.0} if exactly else self._alike(word) for word in words(question)}
        nearest = [self._nearest_name(pk, question, alike) for pk in self._candidates(question, alike)]
        matches = [match for match in nearest if match.score >= NEAR]
        return sorted(matches, key=lambda match: (-match.score, match.name.pk))[:MOST]

    def _nearest_name(self, pk: int, question: str, alike: Alike) -> Match:
        matches = (Match(likeness(question, name.folded, name.words, alike), pk, name) for name in self.entries[pk].names)
        return max(matches, key=lambda match: (match.score, -match.name.pk))

    def correct(self, question: str) -> str:
        """A folded question with each word that is none, and that nobody here uses, replaced by the nearest that somebody does."""
        return " ".join(self._nearest_word(word) for word in question.split())

    def _alike(self, word: str) -> dict[str, float]:
        """The words of names that may be meant by `word`, and how alike they are, 0 to 1."""
        if len(word) <= SHORT:
            return {word: 1.0}
        near = {other: score / 100 for other, score in mistyped(word, self.holders.keys()) if len(other) > SHORT}
        return {other: score for other, score in near.items() if is_form_of(word, other)} if is_word(word) else near

    def _candidates(self, question: str, alike: Alike) -> list[int]:
        """Entries with a name that may be near: those that hold most of the words before others, short names before long."""
        held: Counter[int] = Counter()
        for others in alike.values():
            held.update(frozenset().union(*(self.holders.get(other, ()) for other in others)))
        held.update(self.joined.get(question.replace(" ", ""), ()))
        for word in self._beginning(question):
            held.update(self.holders[word])
        if len(held) <= MOST:
            return list(held)
        return nsmallest(MOST, held, key=lambda pk: (-held[pk], min(len(name.folded) for name in self.entries[pk].names)))

    def _beginning(self, question: str) -> list[str]:
        """Words of names that begin as the question; of a question of several words, its first."""
        if len(question) < 3:
            return []
        first, space, _rest = question.partition(" ")
        return [first] * (first in self.holders) if space else [word for word in self.holders if word.startswith(question)]

    def _nearest_word(self, word: str) -> str:
        if len(word) <= SHORT or word in self.vocabulary or not word.isalpha() or is_word(word) or is_everyday(word):
            return word
        near = [(score, self.vocabulary[other], other) for other, score in mistyped(word, self.vocabulary.keys())]
        return max(near)[2] if near else word


def _count(
    counter: Counter[str], former: list[IndexedEntry], new: list[IndexedEntry], words_of: Callable[[IndexedEntry], set[str]]
) -> Counter[str]:
    counted = counter.copy()
    for entry in former:
        counted.subtract(words_of(entry))
    for entry in new:
        counted.update(words_of(entry))
    return +counted if former else counted  # without the words that nobody uses any more


def _hold(
    holders: dict[str, frozenset[int]],
    former: list[IndexedEntry],
    new: list[IndexedEntry],
    words_of: Callable[[IndexedEntry], set[str]],
) -> dict[str, frozenset[int]]:
    changed = {word: set(holders.get(word, ())) for entry in (*former, *new) for word in words_of(entry)}
    for entry in former:
        for word in words_of(entry):
            changed[word].discard(entry.pk)
    for entry in new:
        for word in words_of(entry):
            changed[word].add(entry.pk)
    held = holders | {word: frozenset(entries) for word, entries in changed.items()}
    return {word: entries for word, entries in held.items() if entries}


class Memory:
    """The index of one process, renewed by what has changed since it was read."""

    def __init__(self) -> None:
        self._index = WordIndex()
        self._stamp: object = None
        self._stored: dict[int, str] = {}
        self._lock = Lock()

    def index(self) -> WordIndex:
        """As things stand now; one query where nothing changed. While one reads what changed, others go on with what was."""
        with connection.cursor() as cursor:
            cursor.execute(STAMP)
            stamp = cursor.fetchone()
        if stamp != self._stamp and self._lock.acquire(blocking=self._stamp is None):
            try:
                self._renew(stamp)
            finally:
                self._lock.release()
        return self._index

    def _renew(self, stamp: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(STORED)
            stored = dict(cursor.fetchall())
        changed = [pk for pk, moment in stored.items() if self._stored.get(pk) != moment]
        new = _read(changed) if self._stamp else [*_site_pages(), *_read(changed)]
        self._index = self._index.replace(self._stored.keys() - stored.keys(), new)
        self._stored, self._stamp = stored, stamp


def _site_pages() -> list[IndexedEntry]:
    """Entries without a row, numbered downwards from -1."""
    found: list[IndexedEntry] = []
    for place, page in enumerate(registered()):
        for language, names in page.names.items():
            named = tuple(IndexedName(0, fold(name), "", tuple(words(fold(name)))) for name in names.split(", "))
            found.append(IndexedEntry(-1 - len(found), KIND, place, language, named, ()))
    return found


def _read(ids: list[int]) -> list[IndexedEntry]:
    entries = []
    for start in range(0, len(ids), BATCH):
        names: dict[int, list[IndexedName]] = defaultdict(list)
        codes: dict[int, list[IndexedCode]] = defaultdict(list)
        batch = ids[start : start + BATCH]
        for pk, folded, shown, entry, kind in Name.objects.filter(entry__in=batch).order_by("pk").values_list(*NAME):
            if kind == Name.Kind.NAME:
                names[entry].append(IndexedName(pk, folded, shown, tuple(map(intern, words(folded)))))
            else:
                codes[entry].append(IndexedCode(pk, folded, shown, kind == Name.Kind.BRANCH))
        for pk, kind, object_id, language, text in Entry.objects.filter(pk__in=batch).order_by("pk").values_list(*ENTRY):
            text_words = tuple(map(intern, set(text.split())))  # each word is in memory once
            kept = (pk, intern(kind), object_id, intern(language), tuple(names[pk]), text_words, tuple(codes[pk]))
            entries.append(IndexedEntry(*kept))
    return entries


memory = Memory()
