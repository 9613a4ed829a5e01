"""Keeping the table in step with what can be found."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from foundation.search.fold import fold
from foundation.search.models import Entry, Name

FIELDS = ("language", "title", "text", "folded_title", "folded_text")


class SearchCode(NamedTuple):
    """A code as it is shown, the ways to type it, and whether every longer code that begins so is meant too."""

    shown: str
    typed: Iterable[str]
    is_branch: bool = False

    def stored(self) -> list[tuple[str, str, str]]:
        kind = Name.Kind.BRANCH if self.is_branch else Name.Kind.CODE
        return [(joined, self.shown, kind) for joined in {fold(typed).replace(" ", "") for typed in self.typed}]


class SearchEntry(NamedTuple):
    """What the search knows of an object. `hidden` names lead to it but are never shown, nor are the words of `also`."""

    language: str
    title: str
    body: str
    names: Iterable[str] = ()
    hidden: Iterable[str] = ()
    codes: Iterable[SearchCode] = ()
    also: str = ""

    def by_folded(self) -> dict[str, str]:
        """Each name as it is compared, with what is shown of it."""
        hidden, shown = ({fold(name): self.title for name in self.hidden}, {fold(name): name for name in self.names})
        return hidden | shown | {fold(self.title): self.title}

    def fields(self) -> dict[str, str]:
        """As they are stored."""
        values = (self.language, self.title[:300], self.body, " ".join(self.by_folded()), fold(f"{self.body} {self.also}"))
        return dict(zip(FIELDS, values, strict=True))

    def stored_names(self) -> list[tuple[str, str, str]]:
        """Of names and codes: as it is compared, as it is shown, and which of the two it is."""
        names = [(key[:300], name[:300], Name.Kind.NAME.value) for key, name in self.by_folded().items() if key]
        return names + [code for each in self.codes for code in each.stored()]


@transaction.atomic
def store(kind: str, wanted: dict[int, SearchEntry]) -> None:
    """Makes or renews the entries of these objects of a kind, by id; what is stored as wanted is left alone."""
    stored = {entry.object_id: entry for entry in _stored(kind, wanted).prefetch_related("names")}
    new = [Entry(kind=kind, object_id=pk, **wanted[pk].fields()) for pk in wanted if pk not in stored]
    changed = [entry for pk, entry in stored.items() if _differs(entry, wanted[pk])]
    for entry in changed:
        vars(entry).update(wanted[entry.object_id].fields(), changed_at=timezone.now())
    Entry.objects.bulk_create(new)
    Entry.objects.bulk_update(changed, [*FIELDS, "changed_at"])
    if changed:
        Name.objects.filter(entry__in=changed).delete()
    Name.objects.bulk_create(
        Name(entry=entry, folded=key, text=name, kind=kind)
        for entry in (*new, *changed)
        for key, name, kind in wanted[entry.object_id].stored_names()
    )


def drop(kind: str, ids: Iterable[int]) -> None:
    """Removes the entries of these objects, if there are some."""
    _stored(kind, ids).delete()


def _stored(kind: str, ids: Iterable[int]) -> Any:
    return Entry.objects.filter(kind=kind, object_id__in=list(ids))


def _differs(entry: Entry, wanted: SearchEntry) -> bool:
    if {name: getattr(entry, name) for name in FIELDS} != wanted.fields():
        return True
    return sorted((name.folded, name.text, name.kind) for name in entry.names.all()) != sorted(wanted.stored_names())
