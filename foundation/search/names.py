"""Names typed with mistakes: every known name is compared in process, the same on both databases."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, Max
from rapidfuzz import fuzz, process

from foundation.search.fold import fold, words
from foundation.search.models import Entry, Name

SAME = 96.0  # from here on the question is the name, or how it begins
NEAR = 78.0  # below this, two words or names are not the same one mistyped (out of 100)
VERY_NEAR = 90.0  # asked of words that begin with different letters: people seldom mistype the first
HOPEFUL = 60.0  # by a quick measure: names below it need no closer look
SHORT = 4  # words of up to this many letters are too easily alike to be taken for one another


@dataclass(frozen=True)
class Known:
    """What the process remembers of the table: names (folded, shown, entry), how often each word is used, how many entries."""

    names: tuple[tuple[str, str, int], ...]
    vocabulary: Counter[str]
    entries: int


def known() -> Known:
    """The names and words as they stand now; one query when nothing changed, three when something did."""
    stamp = Entry.objects.aggregate(latest=Max("changed_at"), count=Count("pk"), highest=Max("pk"))
    return _read((stamp["count"], stamp["latest"], stamp["highest"]))


@lru_cache(maxsize=1)
def _read(stamp: tuple[int, object, object]) -> Known:
    """Names that are only there to be found may be misspelt, so they teach no words."""
    names = tuple(Name.objects.order_by("pk").values_list("folded", "text", "entry_id"))
    vocabulary: Counter[str] = Counter()
    for text in Entry.objects.values_list("folded_text", flat=True).iterator():
        vocabulary.update(text.split())
    for folded, shown, _entry in names:
        if folded == fold(shown):
            vocabulary.update(folded.split())
    return Known(names, vocabulary, stamp[0])


def closest(question: str, names: Sequence[tuple[str, str, int]]) -> list[tuple[float, str, int]]:
    """(score out of 100, name as shown, entry) of the names near a folded question, best first, one per entry."""
    hopeful = process.extract(
        question, [name[0] for name in names], scorer=fuzz.token_set_ratio, score_cutoff=HOPEFUL, limit=None
    )
    best: dict[int, tuple[float, str, int]] = {}
    for _name, _score, place in hopeful:
        folded, shown, entry = names[place]
        score = likeness(question, folded)
        if score >= NEAR and score > best.get(entry, (0.0,))[0]:
            best[entry] = (score, shown, entry)
    return sorted(best.values(), key=lambda hit: -hit[0])


def likeness(question: str, name: str) -> float:
    """How alike a folded question and a folded name are, 0 to 100.

    100: the same; 99: but for the spaces; 96: the name's beginning; 85 to 98: the name holds every word of the question;
    80 to 98: the question holds every word of the name; else how much of each is found in the other, mistypings allowed.
    """
    if question.replace(" ", "") == name.replace(" ", ""):
        return 100.0 if question == name else 99.0
    if len(question) >= 3 and name.startswith(question):
        return SAME
    asked, own = _words(question), _words(name)
    return _shared(asked, own, fuzz.ratio(question, name, score_cutoff=VERY_NEAR)) if asked and own else 0.0


def _shared(asked: tuple[str, ...], own: tuple[str, ...], whole: float) -> float:
    in_asked, in_own = _covered(asked, own), _covered(own, asked)
    if in_asked == 1.0:
        return 85.0 + 13.0 * in_own
    if in_own == 1.0:
        return 80.0 + 18.0 * in_asked
    return max(whole, 65.0 * max(in_asked, in_own) + 35.0 * min(in_asked, in_own))


@lru_cache(maxsize=20_000)
def _words(name: str) -> tuple[str, ...]:
    return tuple(words(name))


def _covered(these: tuple[str, ...], by: tuple[str, ...]) -> float:
    """The part of `these` words, by length, that is found among the others, 0 to 1."""
    near = sum(len(word) * max(_alike(word, other) for other in by) for word in these)
    return near / sum(map(len, these))


@lru_cache(maxsize=50_000)
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
