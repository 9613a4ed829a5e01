"""Guides with their texts in each language, and notices: all versions of one kind in each file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from guides.models import Guide, GuideText, Notice
from portal.transfer.content_files import Album, ContentFile, not_one_of
from portal.transfer.fields import NEEDED, Lines
from portal.transfer.items import Item, Run, save
from portal.transfer.kinds import Kind, Rows
from portal.transfer.publication_kinds import STATUS, PublicationKind
from portal.transfer.yaml_nodes import Node

TEXT = Kind("text", GuideText, ["language", "title", "summary", Lines("names"), "text"])
VERSION = Kind(
    "version",
    Notice,
    [
        "sample=is_sample",
        *("language", "title", "effective_on", "reviewed_on", "next_review", "address", "price_file", "text"),
    ],
)


@dataclass(frozen=True, kw_only=True)
class Texts(Rows):
    """One in each language. A text that stays keeps its row, by which the search knows it."""

    kind: Kind = TEXT
    sort: tuple[str, ...] = ("language",)

    def parse_items(self, node: Node, item: Item) -> list[Item]:
        found = super().parse_items(node, item)
        refuse_twins(found, "language")
        return found

    def set(self, item: Item, obj: Any) -> None:
        known = {row.language: row for row in obj.texts.all()}
        for each in item.values[self.attribute]:
            save(each, known.pop(each.values["language"], None) or GuideText(guide=obj))
        for row in known.values():
            row.delete()
        obj.save()  # it was changed now, search engines are told


def refuse_twins(items: list[Item], *attributes: str) -> None:
    """Notes a fault at each item whose values are those of one before it."""
    seen = []
    for each in items:
        values = [each.values.get(name) for name in attributes]
        if values in seen:
            each.fault(f"a {each.kind.what} with the same {' and '.join(attributes)} is here already", attributes[0])
        seen.append(values)


class NoticesKind(Kind):
    """A file holds every version of one kind, and is named by it. None is ever taken away: what was in force stays."""

    def read(self, node: Node, file: ContentFile) -> Item:
        if file.slug not in Notice.Kind.values:
            file.fault(1, f"its name must be a kind of notice: {not_one_of(file.slug, Notice.Kind.values)}")
        item = super().read(node, file)
        refuse_twins(item.values["versions"], "language", "effective_on")
        return item

    def write(self, item: Item, run: Run) -> None:
        known = {(row.language, row.effective_on): row for row in Notice.objects.filter(kind=item.file.slug)}
        for each in item.values["versions"]:
            key = each.values["language"], each.values["effective_on"]
            run.save(each, known.get(key) or Notice(kind=item.file.slug))

    def export(self) -> Iterator[tuple[str, dict[str, Any], Album]]:
        for kind in Notice.Kind.values:
            rows = Notice.objects.filter(kind=kind).order_by("language", "effective_on", "pk")
            album = Album(kind)
            if rows:
                yield kind, {"versions": [VERSION.dump(row, album) for row in rows]}, album


GUIDES = PublicationKind(
    "guide",
    Guide,
    [
        *("sample=is_sample", "shows", "order"),
        STATUS,
        *("publish_at", "expires_at"),
        Texts(key="texts", default=NEEDED),
    ],
    "guides",
)
NOTICES = NoticesKind("notice", Notice, [Rows(key="versions", default=NEEDED, saved=False, kind=VERSION)], "notices")
