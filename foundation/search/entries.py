"""Keeping the table in step with what can be found."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from foundation.search.fold import fold, lone_signs
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
        text = f"{self.body} {self.also}"
        signs = lone_signs(" ".join([self.title, *self.names, *self.hidden, text]))
        values = (self.language, self.title[:300], self.body, " ".join(self.by_folded()), f"{fold(text)} {signs}".strip())
        return dict(zip(FIELDS, values, strict=True))

    def stored_names(self) -> list[tuple[str, str, str]]:
        """Of names and codes: as it is compared, as it is shown, and which of the two it is."""
        names = [(key[:300], name[:300], Name.Kind.NAME.value) for key, name in self.by_folded().items() if key]
        return names + [code for each in self.codes for code in each.stored()]


def as_sentences(parts: Iterable[str]) -> str:
    """Parts and lines one after another; one that has no end gets one, so that what is quoted of them can be read."""
    lines = [line.strip() for part in parts for line in str(part).splitlines() if line.strip()]
    pairs = zip(lines, [*lines[1:], ""], strict=False)  # without lines there is none before the last
    return " ".join(line if line[-1] in ".!?:;" else line + (";" if after[:1].islower() else ".") for line, after in pairs)


@transaction.atomic
def store(kind: str, by_id: dict[int, list[SearchEntry]]) -> None:
    """Makes or renews the entries of these objects of a kind, one a language; what is stored as wanted is left alone."""
    wanted = {(pk, entry.language): entry for pk, found in by_id.items() for entry in found}
    stored = {(row.object_id, row.language): row for row in _stored(kind, by_id).prefetch_related("names")}
    new = {key: Entry(kind=kind, object_id=key[0], **wanted[key].fields()) for key in wanted if key not in stored}
    changed = {key: row for key, row in stored.items() if key in wanted and _differs(row, wanted[key])}
    for key, row in changed.items():
        vars(row).update(wanted[key].fields(), changed_at=timezone.now())
    if gone := [row.pk for key, row in stored.items() if key not in wanted]:
        Entry.objects.filter(pk__in=gone).delete()
    Entry.objects.bulk_create(new.values())
    Entry.objects.bulk_update(changed.values(), [*FIELDS, "changed_at"])
    if changed:
        Name.objects.filter(entry__in=changed.values()).delete()
    Name.objects.bulk_create(
        Name(entry=row, folded=folded, text=name, kind=kind_of_name)
        for key, row in (new | changed).items()
        for folded, name, kind_of_name in wanted[key].stored_names()
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
