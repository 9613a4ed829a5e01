"""Keeping the table in step, and asking it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F
from django.utils.functional import Promise

from foundation.search import names, text
from foundation.search.fold import fold
from foundation.search.known import MOST as MOST_NAMES
from foundation.search.known import Found, Known
from foundation.search.known import known as remembered
from foundation.search.models import Entry, Miss, Name

PER_GROUP, ALL = 10, 50  # pages of a group: at first, and where a reader asks for more
LIKELIEST = 2  # entries that are looked at for each of these pages, and one more, before all others are: one in each language
SPARE = 3  # of those in the reader's language may be unreadable
MOST = MOST_NAMES + text.MOST  # entries that one question leads to
MOST_MISSES = 5_000


class Page(NamedTuple):
    """A page that a visitor may read now: where it is, what it is called, and the language it is written in."""

    url: str
    title: str
    language: str


@dataclass(frozen=True)
class Source:
    """A kind of findable thing. `visible` answers, by the app's own published query, which ids lead to which page.

    The ids come best first; it may answer for those alone that lead to the first `ALL` + 1 pages.
    `place` orders the groups of an answer, except that those with a page of just the name asked for come first.
    """

    kind: str
    place: int
    label: str | Promise
    visible: Callable[[list[int], str], dict[int, Page]]
    rebuild: Callable[[], None]


class Hit(NamedTuple):
    """A page with the words around the match (text, whether it matches) and their language.

    `by_name` is the name that led there if it is not the title.
    """

    page: Page
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


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Called once per kind, when the app is ready."""
    _sources[source.kind] = source


def rebuild() -> None:
    """Makes the whole table anew from every source."""
    with transaction.atomic():
        Entry.objects.all().delete()
        for source in _sources.values():
            source.rebuild()
        text.tidy()


def store(
    *,
    kind: str,
    object_id: int,
    language: str,
    title: str,
    body: str,
    names: Iterable[str] = (),
    hidden: Iterable[str] = (),
) -> None:
    """Makes or renews the entry of one object; in the caller's transaction. `hidden` names lead here but are never shown."""
    shown = {fold(name): title for name in hidden} | {fold(name): name for name in [*names, title]}
    with transaction.atomic():
        entry = Entry.objects.update_or_create(
            kind=kind,
            object_id=object_id,
            defaults={
                "language": language,
                "title": title[:300],
                "text": body,
                "folded_title": " ".join(shown),
                "folded_text": fold(body),
            },
        )[0]
        entry.names.all().delete()
        Name.objects.bulk_create(Name(entry=entry, text=name[:300], folded=key[:300]) for key, name in shown.items() if key)


def drop(*, kind: str, object_id: int) -> None:
    """Removes the entry of one object, if there is one."""
    Entry.objects.filter(kind=kind, object_id=object_id).delete()


def ask(question: str, language: str, most: int = PER_GROUP) -> Answer:
    """What a visitor may read about `question`, names first, then the text, in the reader's language where there is one.

    At most `most` pages of each kind.
    """
    folded = fold(question[:200])
    answer = Answer(question)
    if not folded:
        return answer
    known = remembered()
    right = names.corrected(folded, known.vocabulary)
    near = names.closest(folded, known)
    ranked: dict[int, int | None] = {known.leads[place]: place for _score, place in near}
    for entry_id in text.found(right, known):
        ranked.setdefault(entry_id, None)
    just_this = {known.leads[place] for score, place in near if score >= names.SAME}
    answer.groups = _groups(ranked, known, just_this, right, language, most=most)
    if answer.groups and right != folded:
        answer.corrected = right
    return answer


def _groups(
    ranked: dict[int, int | None], known: Known, just_this: set[int], question: str, language: str, *, most: int
) -> list[Group]:
    """Of the entries `ranked`, likeliest first, with the place of the name that led there (None: the text did)."""
    entries: dict[str, list[Found]] = defaultdict(list)
    for entry in filter(None, map(known.entries.get, ranked)):
        entries[entry.kind].append(entry)
    found = [
        (source, rows)
        for source in _sources.values()
        if source.kind in entries and (rows := _readable(source, entries[source.kind], language, most))
    ]
    texts = _texts([entry.pk for _source, rows in found for entry, _page in rows[:most]])
    groups = []
    for source, rows in found:
        later = not any(entry.pk in just_this for entry, _page in rows)
        hits = [
            Hit(
                page,
                entry.language,
                text.excerpt(*texts.get(entry.pk, ("", "")), question),
                _led(known, ranked[entry.pk], page.title),
            )
            for entry, page in rows[:most]
        ]
        groups.append((later, source.place, Group(source.label, hits, len(rows) > most)))
    return [group for _later, _place, group in sorted(groups, key=lambda each: each[:2])]


def _readable(source: Source, entries: list[Found], language: str, most: int) -> list[tuple[Found, Page]]:
    """Of a kind's entries those that a visitor may read. Of several that lead to one page, the one in the page's language.

    There is one more than `most` if there are more. The source is asked for the likeliest, and seldom for the others.
    """
    best: dict[str, tuple[Found, Page]] = {}
    upto = _likeliest(entries, language, most + 1)
    _read(source, entries[:upto], language, best)
    if len(best) <= most or any(entry.language != page.language for entry, page in best.values()):
        _read(source, entries[upto:], language, best)
    return list(best.values())[: most + 1]


def _likeliest(entries: list[Found], language: str, pages: int) -> int:
    """How many of them are looked at for so many pages, before all others are."""
    own = 0
    for number, entry in enumerate(entries[: LIKELIEST * pages], 1):
        own += entry.language == language
        if own == pages + SPARE:
            return number
    return LIKELIEST * pages


def _read(source: Source, entries: list[Found], language: str, best: dict[str, tuple[Found, Page]]) -> None:
    """Adds to `best` what may be read of `entries`, by address."""
    pages = source.visible([entry.object_id for entry in entries], language) if entries else {}
    for entry in entries:
        page = pages.get(entry.object_id)
        if page and (page.url not in best or entry.language == page.language):
            best[page.url] = (entry, page)


def _texts(ids: list[int]) -> dict[int, tuple[str, str]]:
    """The text of each entry and the same folded; asked without a queryset, which takes longer to write than to answer."""
    if not ids:
        return {}
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, text, folded_text FROM search_entry WHERE id IN ({marks})", ids)
        return {pk: (body, folded) for pk, body, folded in cursor.fetchall()}


def _led(known: Known, place: int | None, title: str) -> str:
    """The name that led to a page, unless its title says it."""
    name = "" if place is None else known.names[place][1]
    return "" if name in title or fold(name) in fold(title) else name


def missed(question: str, language: str) -> None:
    """Counts a question that found nothing, for the editors. Rubbish (long, or without letters) is not kept."""
    folded = fold(question)
    if not (2 < len(folded) <= 80) or not any(letter.isalpha() for letter in folded):
        return
    counted = Miss.objects.filter(text=folded, language=language).update(count=F("count") + 1)
    if not counted and Miss.objects.count() < MOST_MISSES:
        Miss.objects.get_or_create(text=folded, language=language)
