"""Asking the search, and counting what was asked in vain."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import F
from django.utils.functional import Promise

from foundation.search import text, word_index
from foundation.search.findable import Findable, FoundPage, findables
from foundation.search.fold import fold
from foundation.search.likeness import SAME
from foundation.search.models import Entry, Miss
from foundation.search.word_index import IndexedEntry, Match

PER_GROUP, ALL = 10, 50  # pages of a group: at first, and where a reader asks for more
LIKELIEST = 2  # entries that are looked up for each of these pages before all others are: one in each language
MOST_MISSES = 5_000
TEXTS = ("pk", "text", "folded_text")

Found = tuple[IndexedEntry, FoundPage]


class Hit(NamedTuple):
    """A page with the words around the match (text, whether it matches) and their language.

    `by_name` is the name that led there if it is not the title.
    """

    page: FoundPage
    language: str
    excerpt: list[tuple[str, bool]]
    by_name: str


class Group(NamedTuple):
    """Pages of one kind, likeliest first, and whether there are `more` than these."""

    label: str | Promise
    hits: list[Hit]
    more: bool


@dataclass
class Answer:
    """Groups, likeliest first. `corrected` is what was searched if it is not what was typed."""

    question: str
    corrected: str = ""
    groups: list[Group] = field(default_factory=list)


def ask(question: str, language: str, most: int = PER_GROUP) -> Answer:
    """What a visitor may read about `question`, names first, then the text, in the reader's language where there is one.

    At most `most` pages of each kind.
    """
    folded = fold(question[:200])
    answer = Answer(question)
    if not folded:
        return answer
    index = word_index.memory.index()
    corrected = index.correct(folded)
    names = {match.entry: match for match in index.closest(folded)}
    ranked = [index.entries[pk] for pk in dict.fromkeys([*names, *text.found(corrected, index)]) if pk in index.entries]
    answer.groups = _groups(ranked, names, corrected, language, most)
    if answer.groups and corrected != folded:
        answer.corrected = corrected
    return answer


def _groups(ranked: list[IndexedEntry], names: dict[int, Match], question: str, language: str, most: int) -> list[Group]:
    """By kind; those with a page of just the name that was asked for come before the others."""
    by_kind: dict[str, list[IndexedEntry]] = defaultdict(list)
    for entry in ranked:
        by_kind[entry.kind].append(entry)
    found = {model: _readable(model, by_kind[model.search_kind], language, most) for model in findables()}
    shown = [entry.pk for rows in found.values() for entry, _page in rows[:most]]
    texts = {pk: (body, folded) for pk, body, folded in Entry.objects.filter(pk__in=shown).values_list(*TEXTS)}

    def group(model: type[Findable]) -> Group:
        rows = found[model]
        hits = [_hit(entry, page, names.get(entry.pk), texts.get(entry.pk, ("", "")), question) for entry, page in rows[:most]]
        return Group(model.search_label, hits, len(rows) > most)

    likeliest = sorted(filter(found.get, found), key=lambda model: (not _is_named(found[model], names), model.search_place))
    return [group(model) for model in likeliest]


def _is_named(rows: list[Found], names: dict[int, Match]) -> bool:
    return any(names[entry.pk].score >= SAME for entry, _page in rows if entry.pk in names)


def _readable(model: type[Findable], entries: list[IndexedEntry], language: str, most: int) -> list[Found]:
    """Of a kind's entries those that a visitor may read. Of several that lead to one page, the one in the page's language.

    One more than `most`, if there are more. The likeliest are looked up first, and seldom the others.
    """
    best: dict[str, Found] = {}
    likeliest = LIKELIEST * (most + 1)
    for part in filter(None, (entries[:likeliest], entries[likeliest:])):
        pages = model.search_pages([entry.object_id for entry in part], language)
        for entry in part:
            page = pages.get(entry.object_id)
            if page and (page.url not in best or entry.language == page.language):
                best[page.url] = (entry, page)
        if len(best) > most and all(entry.language == page.language for entry, page in best.values()):
            break
    return list(best.values())[: most + 1]


def _hit(entry: IndexedEntry, page: FoundPage, match: Match | None, texts: tuple[str, str], question: str) -> Hit:
    name = match.name.shown if match else ""
    by_name = "" if name in page.title or fold(name) in fold(page.title) else name
    return Hit(page, entry.language, text.excerpt(*texts, question), by_name)


def missed(question: str, language: str) -> None:
    """Counts a question that found nothing, for the editors. Rubbish (long, or without letters) is not kept."""
    folded = fold(question)
    if not (2 < len(folded) <= 80) or not any(letter.isalpha() for letter in folded):
        return
    counted = Miss.objects.filter(text=folded, language=language).update(count=F("count") + 1)
    if not counted and Miss.objects.count() < MOST_MISSES:
        Miss.objects.get_or_create(text=folded, language=language)
