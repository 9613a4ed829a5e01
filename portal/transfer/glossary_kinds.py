"""The glossary and the warnings on medicines: all rows of one language in each file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings

from conditions.models import GlossaryTerm, MedicineWarning
from portal.transfer.content_files import SLUG, Album, ContentFile, not_one_of
from portal.transfer.fields import NEEDED, Choice, Lines
from portal.transfer.items import Item, Run, fit
from portal.transfer.kinds import Kind, Rows
from portal.transfer.yaml_nodes import Node

AT_ONCE = 50  # rows
TERM = Kind("term", GlossaryTerm, ["slug", "term", Lines("also"), "say", "definition"])
KINDS_OF_WARNING = tuple(MedicineWarning.Kind.values)
WARNING = Kind(
    "warning",
    MedicineWarning,
    [
        *("slug", "medicine", Lines("also")),
        *(Choice("kind", NEEDED, choices=KINDS_OF_WARNING), "warning", Lines("known_by", NEEDED), "source"),
    ],
)


@dataclass(eq=False)
class LanguageKind(Kind):
    """A file is named by its language; `rows` are what it holds below its one key."""

    rows: Any = None

    def read(self, node: Node, file: ContentFile) -> Item:
        languages = [code for code, _name in settings.LANGUAGES]
        if file.slug not in languages:
            file.fault(1, f"its name must be a language: {not_one_of(file.slug, languages)}")
        item = super().read(node, file)
        seen: set[str] = set()
        for row in item.items_below():
            slug = row.values["slug"] or ""
            if slug in seen:
                row.fault(f"slug '{slug}' is here twice", "slug")
            if slug and not SLUG.fullmatch(slug):
                row.fault(f"slug '{slug}' may have letters, digits and hyphens only", "slug")
            seen.add(slug)
        return item

    def parts(self, item: Item, run: Run) -> list[Callable[[], None]]:
        """Some rows at a time, once all of them were found good. Raises Rejected."""
        rows = list(item.items_below())
        for row, obj in self._with_objects(item, rows):
            fit(row, obj)
        return [partial(self._write, item, rows[at : at + AT_ONCE], run) for at in range(0, len(rows), AT_ONCE)]

    def _write(self, item: Item, rows: list[Item], run: Run) -> None:
        for row, obj in self._with_objects(item, rows):
            run.save(row, obj)

    def _with_objects(self, item: Item, rows: list[Item]) -> list[tuple[Item, Any]]:
        model, language = self.rows.model, item.file.slug
        known = {obj.slug: obj for obj in model.objects.filter(language=language)}
        return [(row, known.get(row.values["slug"]) or model(language=language)) for row in rows]

    def export(self) -> Iterator[tuple[str, dict[str, Any], Album]]:
        for language, _name in settings.LANGUAGES:
            found = self.rows.model.objects.filter(language=language).order_by("slug")
            album = Album(language)
            if found:
                yield language, {self.fields[0].key: [self.rows.dump(obj, album) for obj in found]}, album


def _kind(what: str, key: str, rows: Kind, folder: str) -> LanguageKind:
    return LanguageKind(what, None, [Rows(key=key, default=NEEDED, kind=rows)], folder, rows)


GLOSSARY = _kind("glossary", "terms", TERM, "glossary")
MEDICINES = _kind("medicines", "warnings", WARNING, "medicines")
