from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings

from conditions.models import Condition, ConditionCode, ConditionName
from portal.transfer import edition_kinds
from portal.transfer.content_files import Album, ContentFile, Invalid
from portal.transfer.fields import NEEDED, Links, Text
from portal.transfer.items import Item, Run
from portal.transfer.kinds import BulkRows, Kind, Linked, read_keys
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
        return [
            partial(run.save, item, condition),
            *edition_kinds.parts(item.values["editions"], condition, run),
        ]

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
