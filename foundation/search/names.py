"""Names typed with mistakes: every known name is compared in process, the same on both databases."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, Max
from rapidfuzz import fuzz, process, utils  # noqa: F401

from foundation.search.fold import words
from foundation.search.models import Entry, Name

NEAR = 78.0  # below this, two names are not the same word mistyped (out of 100)


@dataclass(frozen=True)
class Known:
    """What the process remembers of the table: names (folded, shown, entry) and how often each word is used."""

    names: tuple[tuple[str, str, int], ...]
    vocabulary: Counter[str]


def known() -> Known:
    """The names and words as they stand now; one query when nothing changed, three when something did."""
    stamp = Entry.objects.aggregate(latest=Max("changed_at"), count=Count("pk"), highest=Max("pk"))
    return _read((stamp["latest"], stamp["count"], stamp["highest"]))


@lru_cache(maxsize=1)
def _read(stamp: tuple[object, ...]) -> Known:
    vocabulary: Counter[str] = Counter()
    for title, text in Entry.objects.values_list("folded_title", "folded_text").iterator():
        vocabulary.update(title.split())
        vocabulary.update(text.split())
    names = tuple(Name.objects.order_by("pk").values_list("folded", "text", "entry_id"))
    for folded, _text, _entry in names:
        vocabulary.update(folded.split())
    return Known(names, vocabulary)


def closest(question: str, names: Iterable[tuple[str, str, int]]) -> list[tuple[float, str, int]]:
    """(score out of 100, name as shown, entry) of the names near a folded question, best first, one per entry."""
    best: dict[int, tuple[float, str, int]] = {}
    for folded, shown, entry in names:
        score = likeness(question, folded)
        if score >= NEAR and score > best.get(entry, (0.0,))[0]:
            best[entry] = (score, shown, entry)
    return sorted(best.values(), key=lambda hit: -hit[0])


def likeness(question: str, name: str) -> float:
    """How alike a question and a name are, 0 to 100.

    100: the same; up to 99: the name's start or the same words; else the better of two measures of typing mistakes,
    over the whole and word by word. Short names must match more exactly, since three letters are easily alike.
    """
    if question == name:
        return 100.0
    if len(question) >= 3 and name.startswith(question):
        return 96.0
    asked, own = words(question), words(name)
    if set(own) <= set(asked) or (len(asked) > 1 and set(asked) <= set(own)):
        return 90.0 + 8.0 * min(len(asked), len(own)) / max(len(asked), len(own))
    if len(name) <= 3 or len(question) <= 3:
        return 0.0
    whole = fuzz.ratio(question, name)
    by_word = _by_word(asked, own)
    return min(95.0, max(whole if len(name) > 5 else whole - 4, by_word))


def _by_word(asked: list[str], own: list[str]) -> float:
    """Each word of the shorter side with its nearest on the other, weighted by length; words without partner cost."""
    few, many = sorted((asked, own), key=len)
    total = sum(len(word) for word in few)
    near = 0.0
    for word in few:
        score = max(fuzz.ratio(word, other) if len(word) > 3 else 100.0 * (word == other) for other in many)
        near += (score if score >= 70 else 0.0) * len(word)
    unmatched = len(many) - len(few)
    return near / max(total, 1) - 6.0 * unmatched


def corrected(question: str, vocabulary: Counter[str]) -> str:
    """A folded question with each word nobody here uses replaced by the nearest word somebody does."""
    return " ".join(_nearest(word, vocabulary) for word in question.split())


def _nearest(word: str, vocabulary: Counter[str]) -> str:
    if len(word) < 4 or word in vocabulary or word.isdigit():
        return word
    near = process.extract(word, vocabulary.keys(), scorer=fuzz.ratio, score_cutoff=NEAR, limit=5)
    return max(near, key=lambda hit: (hit[1], vocabulary[hit[0]]))[0] if near else word
