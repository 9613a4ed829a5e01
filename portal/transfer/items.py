"""What a file says of one object, and bringing the object to that: only what differs is written."""

from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from foundation.audit.actions import record
from foundation.pictures import images
from foundation.search.findable import Searched
from portal.transfer.content_files import ContentFile, Rejected

BY = "import_content"


@dataclass
class Item:
    """What a file says of one object of a kind (`kinds.Kind`).

    `values` are by field of the model: plain ones, slugs of others, items below this one. `places` are the key and line of each.
    """

    kind: Any
    file: ContentFile
    line: int
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    link_lines: dict[str, dict[str, int]] = field(default_factory=dict)  # of each slug
    picture: Path | None = None

    def fault(self, sentence: str, attribute: str = "") -> None:
        """At the line of a field, else of the whole."""
        self.file.fault(self.places.get(attribute, ("", self.line))[1], sentence)

    def refuse(self, error: ValidationError) -> None:
        """Notes what a model objects to, each at the line of its field."""
        by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, messages in by_field.items():
            key, line = self.places.get(name, ("", self.line))
            for message in messages:
                self.file.fault(line, f"{label(self.kind.what, key) if key else self.kind.what}: {message}")

    def items_below(self) -> Iterator["Item"]:
        for value in self.values.values():
            if isinstance(value, list):
                yield from (each for each in value if isinstance(each, Item))

    def store_pictures(self) -> None:
        """Puts its picture and those below into the store, crops too, before a transaction waits for that. Raises ValidationError."""
        if self.picture:
            stored = images.store(self.picture.read_bytes())
            self.values |= dict(zip(self.kind.picture_columns, stored, strict=True))
            focus = self.values.get("focus_x", 50), self.values.get("focus_y", 50)
            for shape in (images.CARD, images.WIDE):
                images.crop(stored[0], shape, focus)
        for item in self.items_below():
            item.store_pictures()


@dataclass
class Run:
    """One import: what it was asked for, and what it has done so far, by kind of object in the plural."""

    publish: bool = False
    reviewer: Any = None  # a clinician, if anything is to be published
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    unchanged: set[tuple[str, int]] = field(default_factory=set)  # (kind, id) of rows counted as before

    def report(self) -> list[str]:
        lines: dict[str, list[str]] = {}
        for (kind, what), number in self.counts.items():
            if number:
                lines.setdefault(kind, []).append(f"{number} {what}")
        return [f"{kind}: {', '.join(counts)}" for kind, counts in lines.items()]

    def count(self, obj: models.Model, what: str = "as before") -> None:
        kind = str(obj._meta.verbose_name_plural)
        self.counts[kind, what] += 1
        if what == "as before":
            self.unchanged.add((kind, obj.pk))

    def wrote(self, obj: models.Model, what: str) -> None:
        self.count(obj, what)
        record(by=BY, verb="imported", obj=obj)

    def linked(self, obj: models.Model) -> None:
        """Links within a folder were changed, after the row itself was counted."""
        kind = str(obj._meta.verbose_name_plural)
        if (kind, obj.pk) in self.unchanged:
            self.unchanged.remove((kind, obj.pk))
            self.counts[kind, "as before"] -= 1
            self.wrote(obj, "changed")

    def save(self, item: Item, obj: Any, keep: Container[str] = ()) -> None:
        new = obj._state.adding
        self.wrote(obj, "new" if new else "changed") if save(item, obj, keep) else self.count(obj)


def save(item: Item, obj: Any, keep: Container[str] = ()) -> bool:
    """Writes what differs, except the fields `keep`; tells whether anything did. Raises Rejected."""
    new = fit(item, obj, keep)
    if new:
        obj.save()
    relations = [f for f in item.kind.fields if f.saved and f.is_relation and not f.agrees(item, obj)]
    for relation in relations:
        relation.set(item, obj)
    if relations and isinstance(obj, Searched):
        obj.store_search_entries()
    return new or bool(relations)


def fit(item: Item, obj: Any, keep: Container[str] = ()) -> bool:
    """Sets the plain fields that differ, without saving; tells whether any did. Raises Rejected if the model objects."""
    plain = [f for f in item.kind.fields if f.saved and not f.is_relation and f.attribute not in keep]
    plain = [f for f in plain if not f.agrees(item, obj)]
    if not plain and not obj._state.adding:
        return False
    for each in plain:
        each.set(item, obj)
    try:
        obj.full_clean(exclude={f.name for f in obj._meta.concrete_fields if f.is_relation}, validate_constraints=False)
        obj.validate_constraints()
    except ValidationError as error:
        item.refuse(error)
        raise Rejected from error
    return True


def find_linked(item: Item, attribute: str, model: Any) -> list[Any]:
    """The rows whose slugs the file gives, in no order. Raises Rejected for a slug that is nobody's."""
    lines = item.link_lines.get(attribute, {})
    found = list(model.objects.filter(slug__in=lines))
    missing = lines.keys() - {other.slug for other in found}
    for slug in missing:
        item.file.fault(lines[slug], not_found(attribute, slug))
    if missing:
        raise Rejected
    return found


def label(what: str, key: str) -> str:
    return key if key == what else f"{what} {key}"


def not_found(key: str, slug: str) -> str:
    return f"{key} names '{slug}', which is neither on the site nor in a file without faults"
