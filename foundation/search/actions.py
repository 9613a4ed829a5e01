"""Asking the search, and counting what was asked in vain."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

from foundation.search import site_pages, text, word_index
from foundation.search.danger import is_danger
from foundation.search.findable import FoundPage, findables
from foundation.search.fold import fold
from foundation.search.likeness import SAME
from foundation.search.models import Entry, Miss
from foundation.search.word_index import IndexedCode, IndexedEntry, Match, WordIndex

FEW, ALL = 10, 50  # pages of an answer: at first, and where a reader asks for more
LIKELIEST = 2  # entries that are looked up for each of these pages before all others are: one in each language
MOST_MISSES = 5_000
TEXTS = ("pk", "text", "folded_text")

Found = tuple[IndexedEntry, FoundPage]


class Hit(NamedTuple):
    """A page with its kind, the words around the match (text, whether it matches) and their language.

    `by_name` is the name or code that led there if it is not the title.
    """

    page: FoundPage
    label: str | Promise
    language: str
    excerpt: list[tuple[str, bool]]
    by_name: str
    by_code: bool


@dataclass
class Answer:
    """Pages, likeliest first, and whether there are `more`. `corrected` is what was searched if it is not what was typed."""

    question: str
    is_danger: bool = False
    corrected: str = ""
    hits: list[Hit] = field(default_factory=list)
    more: bool = False


def ask(question: str, language: str, most: int = FEW, *, exactly: bool = False) -> Answer:
    """What a visitor may read about `question`, in the reader's language where there is one; at most `most` pages.

    With `exactly`, no word is taken for another, neither for a mistyped one nor for one that means the same.
    """
    folded = fold(question[:200])
    answer = Answer(question, is_danger=is_danger(folded))
    if not folded:
        return answer
    index = word_index.memory.index()
    by_code, rest = index.find_codes(folded)
    corrected = rest if exactly else index.correct(rest)
    near = index.closest(rest, exactly=exactly) or ([] if corrected == rest else index.closest(corrected))
    names = {match.entry: match for match in [*near, *by_code]}
    ranked = _rank(names, text.find_entries(corrected, index, exactly=exactly), index)
    found = _readable(ranked, language, most)
    answer.hits, answer.more = _hits(found[:most], names, corrected), len(found) > most
    if answer.hits and corrected != rest:
        answer.corrected = corrected
    return answer


def _rank(names: dict[int, Match], texts: dict[int, float], index: WordIndex) -> list[IndexedEntry]:
    """Codes and the very name first, then by how near a name is and how well the text answers, together."""
    places = {model.search_kind: model.search_place for model in findables()}

    def order(pk: int) -> tuple[bool, float, int, int]:
        near = names[pk].score if pk in names else 0.0
        return near < SAME, -(near / 100.0 + texts.get(pk, 0.0)), places.get(index.entries[pk].kind, 0), pk

    return [index.entries[pk] for pk in sorted((pk for pk in {*names, *texts} if pk in index.entries), key=order)]


def _readable(entries: list[IndexedEntry], language: str, most: int) -> list[Found]:
    """What of these a visitor may read. Of several entries that lead to one page, the one in the page's language.

    One more than `most`, if there are more. The likeliest are looked up first, and seldom the others.
    """
    best: dict[str, Found] = {}
    likeliest = LIKELIEST * (most + 1)
    for part in filter(None, (entries[:likeliest], entries[likeliest:])):
        pages = _pages(part, language)
        for entry in part:
            page = pages.get((entry.kind, entry.object_id))
            if page and (page.url not in best or entry.language == page.language):
                best[page.url] = (entry, page)
        if len(best) > most and all(entry.language == page.language for entry, page in best.values()):
            break
    return list(best.values())[: most + 1]


def _pages(entries: list[IndexedEntry], language: str) -> dict[tuple[str, int], FoundPage]:
    ids: dict[str, list[int]] = defaultdict(list)
    for entry in entries:
        ids[entry.kind].append(entry.object_id)
    pages = {
        (model.search_kind, pk): page
        for model in findables()
        if model.search_kind in ids
        for pk, page in model.search_pages(ids[model.search_kind], language).items()
    }
    for place in ids[site_pages.KIND]:
        page = site_pages.registered()[place]
        pages[site_pages.KIND, place] = FoundPage(reverse(page.address), str(page.title), language)
    return pages


def _hits(found: list[Found], names: dict[int, Match], question: str) -> list[Hit]:
    rows = Entry.objects.filter(pk__in=[entry.pk for entry, _page in found])
    texts = {pk: (body, folded) for pk, body, folded in rows.values_list(*TEXTS)}
    return [_hit(entry, page, names.get(entry.pk), texts, question) for entry, page in found]


def _hit(entry: IndexedEntry, page: FoundPage, match: Match | None, texts: dict[int, tuple[str, str]], question: str) -> Hit:
    name = match.name.shown if match else ""
    by_name = "" if name in page.title or fold(name) in fold(page.title) else name
    by_code = isinstance(match and match.name, IndexedCode)
    if entry.kind == site_pages.KIND:
        body = str(site_pages.registered()[entry.object_id].summary)
        return Hit(page, "", page.language, text.excerpt(body, fold(body), question), "", by_code)
    label = next(model.search_label for model in findables() if model.search_kind == entry.kind)
    return Hit(page, label, entry.language, text.excerpt(*texts[entry.pk], question), by_name, by_code)


def count_miss(question: str, language: str) -> None:
    """Counts a question that found nothing, for the editors. Rubbish (long, or without letters) is not kept."""
    folded = fold(question)
    if 2 < len(folded) <= 80 and any(letter.isalpha() for letter in folded):
        _count(folded, language, is_code=False)


def count_code_miss(code: str, language: str) -> None:
    """Counts a code, with the name of its system, that a health record asked for and no page has."""
    _count(code, language, is_code=True)


def _count(text: str, language: str, *, is_code: bool) -> None:
    counted = Miss.objects.filter(text=text, language=language).update(count=F("count") + 1, last_on=timezone.localdate())
    if not counted and Miss.objects.count() < MOST_MISSES:
        Miss.objects.get_or_create(text=text, language=language, defaults={"is_code": is_code})
