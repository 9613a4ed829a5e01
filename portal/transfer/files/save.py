"""Brings objects to what a file says, writing only what differs."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from foundation.audit.actions import record
from portal.transfer.files.shape import Row, Shape

BY = "import_content"


class NotSaved(Exception):
    """This file cannot be written; why is noted among its faults."""


@dataclass
class Run:
    """One import: what was asked for, the rows it writes (by folder and slug), and what it has done so far."""

    publish: bool = False
    trial: bool = False  # one file by itself, to be taken back: what others of its folder bring is not there yet
    reviewer: Any = None  # a clinician, if anything is to be published
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    identified: dict[str, tuple[bool, bool]] = field(default_factory=dict)  # file: (made, changed), between two steps
    tally: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def told(self) -> list[str]:
        """What it has done so far, a line for each kind of object."""
        return [f"{kind}: {', '.join(f'{n} {what}' for what, n in counts.items())}" for kind, counts in self.tally.items()]

    def left(self, obj: models.Model, why: str = "as before") -> None:
        """Counts an object that was not touched."""
        self.tally[str(obj._meta.verbose_name_plural)][why] += 1

    def wrote(self, obj: models.Model, what: str) -> None:
        """Counts what was done to an object, and leaves an audit record of it."""
        self.tally[str(obj._meta.verbose_name_plural)][what] += 1
        record(by=BY, verb="imported", obj=obj)

    def done(self, obj: models.Model, *, made: bool, changed: bool) -> None:
        """Either of them."""
        if made or changed:
            self.wrote(obj, "new" if made else "changed")
        else:
            self.left(obj)


def put(row: Row, obj: Any, *, keep: Iterable[str] = ()) -> bool:
    """Sets the fields of `obj` that differ, except `keep`, and saves; tells whether any did. Raises NotSaved if the model objects."""
    changed = fit(row, obj, keep=keep)
    if changed:
        obj.save()
    return changed


def fit(row: Row, obj: Any, *, keep: Iterable[str] = ()) -> bool:
    """The same without saving."""
    changed = {name: value for name, value in differences(row, obj).items() if name not in keep}
    if not changed and not obj._state.adding:
        return False
    for name, value in changed.items():
        setattr(obj, name, value)
    try:
        obj.full_clean(exclude={f.name for f in obj._meta.concrete_fields if f.is_relation}, validate_constraints=False)
        obj.validate_constraints()
    except ValidationError as error:
        row.refuse(error)
        raise NotSaved from error
    return True


def differences(row: Row, obj: Any) -> dict[str, Any]:
    """The fields that are not as the file says, with what it says."""
    stored = row.shape.stored(obj)
    return {name: row.final[name] for name in stored if stored[name] != row.final[name]}


def link(row: Row, obj: Any, name: str, also: Iterable[str] = (), coming: Container[str] = ()) -> bool:
    """Links `obj` to exactly the slugs of the file and `also`; tells whether that changed anything. Raises NotSaved.

    Those `coming` may be missing.
    """
    manager = getattr(obj, name)
    found = _found(row, name, manager.model, also, coming)
    if found.keys() == {other.slug for other in manager.all()}:
        return False
    manager.set(found.values())
    return True


def point(row: Row, obj: Any, name: str) -> bool:
    """Points a foreign key at the slug of the file, or at nothing; tells whether that changed anything. Raises NotSaved."""
    other = next(iter(_found(row, name, obj._meta.get_field(name).related_model).values()), None)
    if getattr(obj, name) == other:
        return False
    setattr(obj, name, other)
    obj.save()
    return True


def _found(row: Row, name: str, model: Any, also: Iterable[str] = (), coming: Container[str] = ()) -> dict[str, Any]:
    lines = dict(row.links[name])
    found = {other.slug: other for other in model.objects.filter(slug__in={*lines, *also})}
    missing = [slug for slug in lines if slug not in found and slug not in coming]
    for slug in missing:
        row.file.fault(lines[slug], nowhere(name, slug))
    if missing:
        raise NotSaved
    return found


def nowhere(name: str, slug: str) -> str:
    """What is said of a link to nothing."""
    return f"{name} names '{slug}', which is neither on the site nor in a file without faults"


def replace(rows: list[Row], shape: Shape, parent: models.Model, name: str) -> bool:
    """Makes the rows below `parent` anew if they are not exactly `rows`; tells whether they were not. Raises NotSaved."""
    manager = getattr(parent, name)
    if [shape.stored(child) for child in manager.all()] == [row.final for row in rows]:
        return False
    manager.all().delete()
    for order, row in enumerate(rows):
        child = manager.model(**{manager.field.name: parent})
        if hasattr(child, "order"):
            child.order = order
        put(row, child)
    return True
