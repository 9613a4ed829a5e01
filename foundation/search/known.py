"""What a process remembers of the names and words in the table, until one changes."""

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db import connection
from rapidfuzz import fuzz, process

from foundation.search.fold import fold, words
from foundation.search.models import Entry, Name

NEAR = 78.0  # below this, two words or names are not the same one mistyped (out of 100)
VERY_NEAR = 90.0  # asked of words that begin with different letters: people seldom mistype the first
HOPEFUL = 60.0  # a name that only begins as the question is not meant if it goes on so long that they are less alike
SHORT = 4  # words of up to this many letters are too easily alike to be taken for one another
STAMP = "SELECT (SELECT COUNT(*) FROM search_entry), (SELECT MAX(changed_at) FROM search_entry), (SELECT MAX(id) FROM search_entry)"  # each by an index of its own
MOST = 200  # entries that an answer considers for their names


class Found(NamedTuple):
    """An entry without its words."""

    pk: int
    kind: str
    object_id: int
    language: str


@dataclass(frozen=True)
class Known:
    """What the process remembers of the table: names (folded, shown, entry), and of each word how often it is used.

    `spread` says in how many of the `entries` (by number) a word stands, names included.
    """

    names: tuple[tuple[str, str, int], ...]
    vocabulary: Counter[str]
    spread: Counter[str]
    entries: dict[int, Found]

    @cached_property
    def folded(self) -> list[str]:
        """The names as they are compared."""
        return [name[0] for name in self.names]

    @cached_property
    def holders(self) -> dict[str, list[int]]:
        """For each word that can tell pages apart, the places of the names that hold it, fewest letters first."""
        holders: dict[str, list[int]] = defaultdict(list)
        for place in sorted(range(len(self.names)), key=self.lengths.__getitem__):
            for word in words(self.folded[place]):
                holders[word].append(place)
        return dict(holders)

    @cached_property
    def leads(self) -> "array[int]":
        """The entry of each name; side by side in memory, as all of a common word's names are looked at."""
        return array("q", (entry for _folded, _shown, entry in self.names))

    @cached_property
    def lengths(self) -> list[int]:
        """How many letters those words of each name have."""
        return [sum(map(len, words(folded))) for folded in self.folded]

    @cached_property
    def long(self) -> list[str]:
        """The words of names that may be taken for others."""
        return [word for word in self.holders if len(word) > SHORT]

    @cached_property
    def in_order(self) -> tuple[list[str], list[int]]:
        """The names by the alphabet, and their places."""
        rows = sorted((folded, place) for place, folded in enumerate(self.folded))
        return [row[0] for row in rows], [row[1] for row in rows]

    @cached_property
    def joined(self) -> dict[str, list[int]]:
        """The places of names by how they read without spaces."""
        joined: dict[str, list[int]] = defaultdict(list)
        for place, folded in enumerate(self.folded):
            joined[folded.replace(" ", "")].append(place)
        return dict(joined)

    def starting(self, question: str) -> list[int]:
        """The places of names that begin so and do not go on for long; with whole words, they may."""
        names, places = self.in_order
        first, within, after = (bisect_left(names, question + end) for end in ("", "!", chr(0x10FFFF)))  # " " is before "!"
        near = zip(names[within:after], places[within:after], strict=True)
        return places[first:within] + [place for name, place in near if fuzz.token_set_ratio(question, name) >= HOPEFUL]

    def first(self, places: Iterable[int]) -> Iterator[int]:
        """Of `places`, the first that leads to each entry, up to `MOST`."""
        leads, entries = self.leads, set[int]()
        for place in places:
            entry = leads[place]
            if entry not in entries:
                entries.add(entry)
                yield place
                if len(entries) == MOST:
                    return

    @cached_property
    def by_length(self) -> tuple[list[int], list[str], list[int]]:
        """The lengths of the names, the names and their places, shortest first."""
        rows = sorted((len(folded), folded, place) for place, folded in enumerate(self.folded))
        return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]

    def nearly(self, question: str) -> dict[int, float]:
        """The places of names that differ by few letters, and how alike they are: `VERY_NEAR` to 100.

        The ratio of two texts cannot be higher than twice the shorter one's part of both.
        """
        lengths, names, places = self.by_length
        fits = VERY_NEAR / (200 - VERY_NEAR)
        first, after = bisect_left(lengths, int(len(question) * fits)), bisect_right(lengths, len(question) / fits)
        found = process.extract(question, names[first:after], scorer=fuzz.ratio, score_cutoff=VERY_NEAR, limit=None)
        return {places[first + place]: score for _name, score, place in found}

    def alike(self, word: str) -> list[tuple[str, float]]:
        """The words of names that may be meant by `word`, and how alike they are, 0 to 1."""
        if len(word) <= SHORT:
            return [(word, 1.0)] if word in self.holders else []
        found = process.extract(word, self.long, scorer=fuzz.ratio, score_cutoff=NEAR, limit=None)
        return [(other, score / 100) for other, score, _place in found if score >= cutoff(word, other)]


def known() -> Known:
    """The names and words as they stand now; one query when nothing changed, three when something did.

    The newest entry does not tell alone: one that was stored before it may be committed after it.
    """
    with connection.cursor() as cursor:
        cursor.execute(STAMP)
        return _read(cursor.fetchone())


@lru_cache(maxsize=1)
def _read(stamp: tuple[int, object, object]) -> Known:
    """Names that are only there to be found may be misspelt, so they teach no words."""
    names = tuple(Name.objects.order_by("pk").values_list("folded", "text", "entry_id"))
    vocabulary: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    entries: dict[int, Found] = {}
    rows = Entry.objects.values_list("folded_text", "folded_title", "pk", "kind", "object_id", "language")
    for text, title, pk, kind, object_id, language in rows.iterator():
        entries[pk] = Found(pk, kind, object_id, language)
        used = text.split()
        vocabulary.update(used)
        spread.update({*used, *title.split()})
    for folded, shown, _entry in names:
        if folded == fold(shown):
            vocabulary.update(folded.split())
    return Known(names, vocabulary, spread, entries)


def cutoff(one: str, other: str) -> float:
    """How alike two words must be (out of 100) to be the same one mistyped."""
    return NEAR if one[0] == other[0] else VERY_NEAR
