"""Keeping the table in step, and asking it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F
from django.utils.functional import Promise

from foundation.search import names, text
from foundation.search.fold import fold
from foundation.search.models import Entry, Miss, Name

PER_GROUP = 20
MOST_MISSES = 5_000


@dataclass(frozen=True)
class Page:
    """A page that a visitor may read now: where it is, what it is called, and the language it is written in."""

    url: str
    title: str
    language: str


@dataclass(frozen=True)
class Source:
    """A kind of findable thing. `visible` answers, by the app's own published query, which ids lead to which page."""

    kind: str
    label: str | Promise
    visible: Callable[[list[int], str], dict[int, Page]]
    rebuild: Callable[[], None]


@dataclass(frozen=True)
class Hit:
    """A page with the words around the match, and the name that led there if it is not the title."""

    page: Page
    excerpt: str
    by_name: str


@dataclass
class Answer:
    """Groups (label, hits) in the order of registration. `corrected` is what was searched if it is not what was typed."""

    question: str
    corrected: str = ""
    groups: list[tuple[str, list[Hit]]] = field(default_factory=list)


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


def store(*, kind: str, object_id: int, language: str, title: str, body: str, names: Iterable[str] = ()) -> None:
    """Makes or renews the entry of one object; in the caller's transaction."""
    with transaction.atomic():
        entry = Entry.objects.update_or_create(
            kind=kind,
            object_id=object_id,
            defaults={
                "language": language,
                "title": title[:300],
                "text": body,
                "folded_title": fold(" ".join([title, *names])),
                "folded_text": fold(body),
            },
        )[0]
        entry.names.all().delete()
        known = {fold(name): name for name in [*names, title]}
        Name.objects.bulk_create(Name(entry=entry, text=name[:300], folded=key[:300]) for key, name in known.items() if key)


def drop(*, kind: str, object_id: int) -> None:
    """Removes the entry of one object, if there is one."""
    Entry.objects.filter(kind=kind, object_id=object_id).delete()


def ask(question: str, language: str) -> Answer:
    """What a visitor may read about `question`, names first, then the text, in the reader's language where there is one."""
    folded = fold(question[:200])
    answer = Answer(question)
    if not folded:
        return answer
    known = names.known()
    near = names.closest(folded, known.names)
    right = names.corrected(folded, known.vocabulary)
    ranked = {entry: name for _score, name, entry in near}
    for entry_id in text.found(right):
        ranked.setdefault(entry_id, "")
    answer.groups = _groups(ranked, right, language)
    best = near[0] if near and near[0][2] in ranked else None
    if answer.groups and right != folded:
        answer.corrected = best[1] if best and best[0] < 95 else right
    return answer


def _groups(ranked: dict[int, str], question: str, language: str) -> list[tuple[str, list[Hit]]]:
    order = {entry_id: place for place, entry_id in enumerate(ranked)}
    entries = sorted(Entry.objects.filter(pk__in=ranked), key=lambda entry: order[entry.pk])
    groups = []
    for source in _sources.values():
        own = [entry for entry in entries if entry.kind == source.kind]
        pages = source.visible([entry.object_id for entry in own], language) if own else {}
        hits: dict[str, Hit] = {}
        for entry in own:
            page = pages.get(entry.object_id)
            if page and page.url not in hits:
                hits[page.url] = Hit(page, text.excerpt(entry.text, question), ranked[entry.pk])
        if hits:
            groups.append((source.label, list(hits.values())[:PER_GROUP]))
    return groups


def missed(question: str, language: str) -> None:
    """Counts a question that found nothing, for the editors. Rubbish (long, or without letters) is not kept."""
    folded = fold(question)
    if not (2 < len(folded) <= 80) or not any(letter.isalpha() for letter in folded):
        return
    if not Miss.objects.filter(text=folded, language=language).update(count=F("count") + 1):
        if Miss.objects.count() < MOST_MISSES:
            Miss.objects.get_or_create(text=folded, language=language)
