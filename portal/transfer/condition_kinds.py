from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings

from conditions.models import Condition, ConditionCode, ConditionName, GlossaryTerm, MedicineWarning
from portal.transfer import edition_kinds
from portal.transfer.content_files import SLUG, Album, ContentFile, Invalid, not_one_of
from portal.transfer.fields import NEEDED, Choice, Lines, Links, Text
from portal.transfer.items import Item, Run, fit
from portal.transfer.kinds import BulkRows, Kind, Linked, Rows, read_keys
from portal.transfer.yaml_nodes import Node, items_of

CODE = Kind("code", ConditionCode, ["system", "code", "includes_descendants", "valid_from"])
NAME = Kind("name", ConditionName, [Text("", name="language"), "kind", "text", "say"])


@dataclass(frozen=True, kw_only=True)
class Names(BulkRows):
    kind: Kind = NAME
    sort: tuple[str, ...] = ("language",)

    def parse_items(self, node: Node, item: Item) -> list[Item]:
        """Every name of every language. Raises Invalid for a second preferred name in one language."""
        by_language = read_keys(item.file, node, [code for code, _name in settings.LANGUAGES], "names")
        found = []
        for language, entries in by_language.nodes.items():
            own = [NAME.read(entry, item.file) for entry in items_of(entries)]
            preferred = [name for name in own if name.values["kind"] == ConditionName.Kind.PREFERRED]
            if len(preferred) > 1:
                raise Invalid(f"in '{language}' have a second one of kind preferred", preferred[1].line)
            for name in own:
                name.values["language"] = language
            found += own
        return found

    def dump(self, obj: Any, album: Album) -> Any:
        found: dict[str, list[Any]] = {}
        for name in self.get(obj):
            found.setdefault(name.language, []).append(NAME.dump(name, album))
        return found


class ConditionKind(Kind):
    own_keys = ("related", "not_to_be_confused_with")

    def read(self, node: Node, file: ContentFile) -> Item:
        item = super().read(node, file)
        edition_kinds.check(item.values["editions"])
        for key in self.own_keys:
            if file.slug in item.values[key]:
                file.fault(item.link_lines[key][file.slug], f"{key} names the condition itself")
        return item

    def parts(self, item: Item, run: Run) -> list[Callable[[], None]]:
        """The condition, then each of its editions, of which there are dozens after some years."""
        condition = self.find(item)
        return [partial(run.save, item, condition), *edition_kinds.parts(item.values["editions"], condition, run)]

    def link_steps(self, files: list[Linked], run: Run) -> Iterator[tuple[ContentFile, Callable[[], None]]]:
        wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
        for each in files:
            for key, lines in each.links.items():
                wanted[key, each.row].update(lines)
                for slug in lines:
                    wanted[key, slug].add(each.row)
        slugs = {each.row for each in files}
        for each in files:
            own = {key: wanted[key, each.row] for key in self.own_keys}
            yield each.file, partial(self._link, each.row, own, slugs, run)

    def _link(self, slug: str, wanted: dict[str, set[str]], slugs: set[str], run: Run) -> None:
        """Links whose other end no file of this import tells of stay."""
        condition = Condition.objects.get(slug=slug)
        for key, named in wanted.items():
            manager = getattr(condition, key)
            linked = {other.slug for other in manager.all()}
            all_named = named | (linked - slugs)
            if all_named != linked:
                manager.set(Condition.objects.filter(slug__in=all_named))
                run.linked(condition)


CONDITIONS = ConditionKind(
    "condition",
    Condition,
    [
        *("sample=is_sample", "review_every_months", "departments", "lead_department"),
        *(Links(key, saved=False) for key in ConditionKind.own_keys),
        BulkRows(key="codes", kind=CODE),
        Names(key="names", default=NEEDED),
        edition_kinds.Editions(key="editions", saved=False, kind=edition_kinds.EDITION),
    ],
    "conditions",
)


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
