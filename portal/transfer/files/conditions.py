"""The files of `conditions/`: what a condition is called and coded, and its editions."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings

from conditions.models import Condition, ConditionCode, ConditionName
from portal.transfer.files import editions
from portal.transfer.files.check import File, Wrong
from portal.transfer.files.directory import SAMPLE
from portal.transfer.files.files import Album
from portal.transfer.files.keys import Choice, Day, Flag, Given, Link, Links, Number, Rows, Text, choices
from portal.transfer.files.marks import Keys, Node
from portal.transfer.files.room import Room
from portal.transfer.files.save import Run, link, point, put, replace
from portal.transfer.files.shape import Key, Row, Shape, items

CODE = Shape(
    "code",
    ConditionCode,
    (
        Choice("system", choices=choices(ConditionCode.System.values)),
        Text("code"),
        Flag("includes_descendants", default=False),
        Day("valid_from", None),
    ),
)
NAME = Shape(
    "name",
    ConditionName,
    (Given(name="language"), Choice("kind", choices=choices(ConditionName.Kind.values)), Text("text"), Text("say", "")),
)
BOTH_WAYS = ("related", "not_to_be_confused_with")


@dataclass(frozen=True)
class Names(Key):
    """Names by language."""

    key: str = "names"

    def read(self, node: Keys, row: Row) -> None:
        """Into `row.rows`, in the order of the site."""
        super().read(node, row)
        row.rows[self.field] = sorted(row.values.pop(self.field) or [], key=lambda name: name.values["language"])

    def taken(self, node: Node, row: Row) -> Any:
        """Every name of every language. Raises Wrong for a second preferred name in one language."""
        by_language = row.file.keys(node, [code for code, _name in settings.LANGUAGES], "names")
        found = []
        for language, entries in by_language.nodes.items():
            own = [NAME.read(entry, row.file) for entry in items(entries)]
            preferred = [name for name in own if name.values["kind"] == ConditionName.Kind.PREFERRED]
            if len(preferred) > 1:
                raise Wrong(f"in '{language}' have a second one of kind preferred", preferred[1].line)
            for name in own:
                name.values["language"] = language
            found += own
        return found

    def stored(self, obj: Any) -> dict[str, Any]:
        """Rows are compared on their own."""
        return {}

    def data(self, obj: Any, album: Album) -> Any:
        """By language."""
        found: dict[str, list[Any]] = {}
        for name in obj.names.all():
            found.setdefault(name.language, []).append(NAME.data(name, album))
        return found


CONDITION = Shape(
    "condition",
    Condition,
    (
        SAMPLE,
        Number("review_every_months", 12),
        Links("departments"),
        Link("lead_department"),
        Links("related"),
        Links("not_to_be_confused_with"),
        Rows("codes", shape=CODE),
        Names(),
        editions.Editions("editions", shape=editions.EDITION),
    ),
)


@dataclass(frozen=True)
class Conditions(Room):
    """Conditions name each other, so all of them are there before the first is linked."""

    names_its_own = True

    def read(self, node: Node, file: File) -> Row:
        """Also looks at the editions together."""
        row = super().read(node, file)
        editions.check(row.rows["editions"], file)
        for name in BOTH_WAYS:
            for slug, line in row.links[name]:
                if slug == file.slug:
                    file.fault(line, f"{name} names the condition itself")
        return row

    def partners(self, row: Row) -> list[tuple[str, str, int]]:
        """Both ways."""
        return [(name, slug, line) for name in BOTH_WAYS for slug, line in row.links[name]]

    def identify(self, row: Row, run: Run) -> None:
        """The condition without anything that hangs on it."""
        obj = self.object(row)
        made = obj.pk is None
        run.identified[row.file.name] = made, put(row, obj)

    def parts(self, row: Row, run: Run) -> list[Callable[[], None]]:
        """The condition, then each of its editions, of which there are dozens after some years."""
        obj = Condition.objects.get(slug=row.file.slug)
        return [partial(self._write_itself, row, obj, run), *editions.parts(row.rows["editions"], obj, run)]

    def _write_itself(self, row: Row, obj: Condition, run: Run) -> None:
        """Links, codes and names."""
        coming = run.rows[self.folder] if run.trial else ()
        changed = [
            link(row, obj, "departments"),
            point(row, obj, "lead_department"),
            *(link(row, obj, name, self._back(row, obj, name, run), coming) for name in BOTH_WAYS),
        ]
        changed.append(replace(row.rows["codes"], CODE, obj, "codes"))
        if replace(row.rows["names"], NAME, obj, "names"):
            changed.append(True)
            obj.store_search_entries()
        made, identity = run.identified[row.file.name]
        run.done(obj, made=made, changed=identity or any(changed))

    def _back(self, row: Row, obj: Condition, name: str, run: Run) -> set[str]:
        """Links that other files of this run make to this one, and those whose other end no file of this run tells of."""
        others = run.rows[self.folder]
        naming = {slug for slug, other in others.items() if row.file.slug in dict(other.links[name])}
        return naming | {other.slug for other in getattr(obj, name).all() if other.slug not in others}


CONDITIONS = Conditions("conditions", CONDITION)
