"""Names typed with mistakes: every known name is compared in process, the same on both databases."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import nsmallest
from typing import NamedTuple

from django.db import connection
from rapidfuzz import fuzz, process

from foundation.search.fold import fold, words
from foundation.search.models import Entry, Name

SAME = 96.0  # from here on the question is the name, or how it begins
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

    `spread` says in how many of the `entries` (by number) a word is.
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
        """For each word that can tell pages apart, the places of the names that hold it."""
        holders: dict[str, list[int]] = defaultdict(list)
        for place, folded in enumerate(self.folded):
            for word in words(folded):
                holders[word].append(place)
        return dict(holders)

    @cached_property
    def lengths(self) -> list[int]:
        """How many letters those words of each name have."""
        return [sum(map(len, words(folded))) for folded in self.folded]

    @cached_property
    def long(self) -> list[str]:
        """The words of names that may be taken for others."""
        return [word for word in self.holders if len(word) > SHORT]

    @cached_property
    def in_order(self) -> list[tuple[str, int]]:
        """The names and their places by the alphabet."""
        return sorted((folded, place) for place, folded in enumerate(self.folded))

    @cached_property
    def joined(self) -> dict[str, list[int]]:
        """The places of names by how they read without spaces."""
        joined: dict[str, list[int]] = defaultdict(list)
        for place, folded in enumerate(self.folded):
            joined[folded.replace(" ", "")].append(place)
        return dict(joined)

    def starting(self, question: str) -> list[int]:
        """The places of names that begin so and do not go on for long."""
        first = bisect_left(self.in_order, (question,))
        after = bisect_left(self.in_order, (question + chr(0x10FFFF),))
        near = self.in_order[first:after]
        return [place for folded, place in near if fuzz.token_set_ratio(question, folded) >= HOPEFUL]

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
        return [(other, score / 100) for other, score, _place in found if score >= _cutoff(word, other)]


def known() -> Known:
    """The names and words as they stand now; one query when nothing changed, three when something did."""
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
    rows = Entry.objects.values_list("folded_text", "pk", "kind", "object_id", "language")
    for text, pk, kind, object_id, language in rows.iterator():
        entries[pk] = Found(pk, kind, object_id, language)
        used = Counter(text.split())
        vocabulary.update(used)
        spread.update(used.keys())
    for folded, shown, _entry in names:
        if folded == fold(shown):
            vocabulary.update(folded.split())
    return Known(names, vocabulary, spread, entries)


def closest(question: str, known: Known) -> list[tuple[float, str, int]]:
    """(score out of 100, name as shown, entry) of the `MOST` names nearest to a folded question, best first, one per entry.

    The scores are those of `likeness`; only the names that share a word with the question, mistypings allowed, are looked at.
    """
    scores = _by_words(tuple(words(question)), known, known.nearly(question))
    if len(question) >= 3:
        scores |= dict.fromkeys(known.starting(question), SAME)
    for place in known.joined.get(question.replace(" ", ""), ()):
        scores[place] = 100.0 if known.folded[place] == question else 99.0
    best: dict[int, tuple[float, int]] = {}
    for place, score in scores.items():
        entry = known.names[place][2]
        if score >= NEAR and (entry not in best or (-score, place) < best[entry]):
            best[entry] = (-score, place)
    return [(-score, *known.names[place][1:]) for score, place in nsmallest(MOST, best.values())]


def _by_words(asked: tuple[str, ...], known: Known, whole: dict[int, float]) -> dict[int, float]:
    """The score of every name that holds a word like one of those asked, by place."""
    in_asked: dict[int, float] = defaultdict(float)
    meant: dict[str, float] = {}
    for word in asked:
        nearest: dict[int, float] = {}
        for other, alike in sorted(known.alike(word), key=lambda pair: pair[1]):
            nearest |= dict.fromkeys(known.holders[other], alike)
            meant[other] = max(meant.get(other, 0.0), alike)
        for place, alike in nearest.items():
            in_asked[place] += len(word) * alike
    in_own: dict[int, float] = defaultdict(float)
    for other, alike in meant.items():
        for place in known.holders[other]:
            in_own[place] += len(other) * alike
    letters = sum(map(len, asked))
    scores = {place: whole[place] for place in whole if asked and known.lengths[place]}
    for place, found in in_asked.items():
        scores[place] = _shared(found / letters, in_own[place] / known.lengths[place], whole.get(place, 0.0))
    return scores


def likeness(question: str, name: str) -> float:
    """How alike a folded question and a folded name are, 0 to 100.

    100: the same; 99: but for the spaces; 96: the name's beginning; 85 to 98: the name holds every word of the question;
    80 to 98: the question holds every word of the name; else how much of each is found in the other, mistypings allowed.
    """
    if question.replace(" ", "") == name.replace(" ", ""):
        return 100.0 if question == name else 99.0
    if len(question) >= 3 and name.startswith(question):
        return SAME
    asked, own = words(question), words(name)
    if not (asked and own):
        return 0.0
    return _shared(_covered(asked, own), _covered(own, asked), fuzz.ratio(question, name, score_cutoff=VERY_NEAR))


def _shared(in_asked: float, in_own: float, whole: float) -> float:
    if in_asked == 1.0:
        return 85.0 + 13.0 * in_own
    if in_own == 1.0:
        return 80.0 + 18.0 * in_asked
    return max(whole, 65.0 * max(in_asked, in_own) + 35.0 * min(in_asked, in_own))


def _covered(these: list[str], by: list[str]) -> float:
    """The part of `these` words, by length, that is found among the others, 0 to 1."""
    near = sum(len(word) * max(_alike(word, other) for other in by) for word in these)
    return near / sum(map(len, these))


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if min(len(one), len(other)) <= SHORT:
        return 0.0
    return fuzz.ratio(one, other, score_cutoff=_cutoff(one, other)) / 100


def _cutoff(one: str, other: str) -> float:
    return NEAR if one[0] == other[0] else VERY_NEAR


def corrected(question: str, vocabulary: Counter[str]) -> str:
    """A folded question with each word nobody here uses replaced by the nearest word somebody does."""
    return " ".join(_nearest(word, vocabulary) for word in question.split())


def _nearest(word: str, vocabulary: Counter[str]) -> str:
    if len(word) <= SHORT or word in vocabulary or not word.isalpha():
        return word
    found = process.extract(word, vocabulary.keys(), scorer=fuzz.ratio, score_cutoff=NEAR, limit=20)
    near = [hit for hit in found if hit[1] >= _cutoff(word, hit[0])]
    return max(near, key=lambda hit: (hit[1], vocabulary[hit[0]]))[0] if near else word
