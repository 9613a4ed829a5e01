"""Names typed with mistakes: every known name is compared in process, the same on both databases."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from foundation.search.fold import words
from foundation.search.known import MOST, NEAR, SHORT, VERY_NEAR, Known, cutoff

SAME = 96.0  # from here on the question is the name, or how it begins


def closest(question: str, known: Known) -> list[tuple[float, int]]:
    """(score out of 100, place) of the `MOST` names nearest to a folded question, best first, one per entry.

    The scores are those of `likeness`; only the names that share a word with the question, mistypings allowed, are looked at.
    """
    begin = set(known.starting(question)) if len(question) >= 3 else set()
    scores = dict.fromkeys(known.first(sorted(begin)), SAME)
    least = SAME if len(scores) == MOST else NEAR
    scores |= _by_words(tuple(words(question)), known, known.nearly(question), begin, least)
    for place in known.joined.get(question.replace(" ", ""), ()):
        scores[place] = 100.0 if known.folded[place] == question else 99.0
    best: dict[int, tuple[float, int]] = {}
    for place, score in scores.items():
        entry = known.leads[place]
        if score >= NEAR and (entry not in best or (-score, place) < best[entry]):
            best[entry] = (-score, place)
    return [(-score, place) for score, place in sorted(best.values())[:MOST]]


def _by_words(
    asked: tuple[str, ...], known: Known, whole: dict[int, float], settled: set[int], least: float
) -> dict[int, float]:
    """The scores by place of names that hold words like those asked: of all that hold several, and of the nearest others.

    Those that have a score already are left out, and of the others those that come to less than `least`.
    """
    alike = {word: dict(known.alike(word)) for word in asked}
    meant: dict[str, float] = {}
    for others in alike.values():
        for other, near in others.items():
            meant[other] = max(meant.get(other, 0.0), near)
    several = (_several(meant, known) | whole.keys()) - settled
    scores = _one_by_one(alike, meant, known, whole, several)
    apart = several | settled
    for other in meant:
        scores |= _alone(other, alike, known, apart, least)
    return scores


def _several(meant: Iterable[str], known: Known) -> set[int]:
    """The places of names that hold more than one of the words."""
    *fewer, most = sorted((known.holders[word] for word in meant), key=len) or [[]]
    one, several = set[int](), set[int]()
    for held in fewer:
        several |= one.intersection(held)
        one.update(held)
    return several | one.intersection(most) if one else several


def _alone(other: str, alike: dict[str, dict[str, float]], known: Known, apart: set[int], least: float) -> dict[int, float]:
    """The scores of names that hold of all words meant only `other`: the fewer letters they have, the nearer they are."""
    near = {word: others[other] for word, others in alike.items() if other in others}
    in_asked = sum(len(word) * near[word] for word in near) / sum(map(len, alike))
    found = len(other) * max(near.values())

    def score(place: int) -> float:
        return _shared(in_asked, found / known.lengths[place], 0.0)

    held = known.holders[other]
    nearest = held[: bisect_left(held, True, key=lambda place: score(place) < least)]
    return {place: score(place) for place in known.first(place for place in nearest if place not in apart)}


def _one_by_one(
    alike: dict[str, dict[str, float]], meant: dict[str, float], known: Known, whole: dict[int, float], places: set[int]
) -> dict[int, float]:
    """The score of each of these names."""
    held = {other: places.intersection(known.holders[other]) for other in meant}
    in_asked: dict[int, float] = defaultdict(float)
    for word, others in alike.items():
        nearest: dict[int, float] = {}
        for other in sorted(others, key=others.__getitem__):
            nearest |= dict.fromkeys(held[other], others[other])
        for place, near in nearest.items():
            in_asked[place] += len(word) * near
    in_own: dict[int, float] = defaultdict(float)
    for other, near in meant.items():
        for place in held[other]:
            in_own[place] += len(other) * near
    letters = sum(map(len, alike))
    scores = {place: whole[place] for place in places.intersection(whole) if alike and known.lengths[place]}
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
    return fuzz.ratio(one, other, score_cutoff=cutoff(one, other)) / 100


def corrected(question: str, vocabulary: Counter[str]) -> str:
    """A folded question with each word nobody here uses replaced by the nearest word somebody does."""
    return " ".join(_nearest(word, vocabulary) for word in question.split())


def _nearest(word: str, vocabulary: Counter[str]) -> str:
    if len(word) <= SHORT or word in vocabulary or not word.isalpha():
        return word
    found = process.extract(word, vocabulary.keys(), scorer=fuzz.ratio, score_cutoff=NEAR, limit=20)
    near = [hit for hit in found if hit[1] >= cutoff(word, hit[0])]
    return max(near, key=lambda hit: (hit[1], vocabulary[hit[0]]))[0] if near else word
