"""What is published for a time: stories, news, guides; and notices."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from foundation.pages.models import Publishable
from guides.models import Guide, GuideText, Notice
from news.models import NewsItem
from portal.transfer.content_files import Album, ContentFile, Invalid, not_one_of
from portal.transfer.edition_kinds import Status
from portal.transfer.fields import NEEDED, Choice, Day, Field, Lines, Link, Links
from portal.transfer.items import Item, Run, save
from portal.transfer.kinds import Kind, Linked, Rows, picture
from portal.transfer.yaml_nodes import Keys, Node, items_of, prose_of
from stories.models import FILLED_ONCE, Authorization, Story

FILLED_LATER = {*FILLED_ONCE, "revoked_on", "revoked_reason", "asked_again_on", "asked_again_note"}
PARTS, PLACES = ("text", "picture", "name"), ("website", "print", "social")
STATUS = Status("status", "published", "wanted_status", saved=False, choices=("published", "draft"))


@dataclass(frozen=True)
class Scope(Field):
    """What an authorization covers: in the file a list, always written; on the site a field for each of `scopes`."""

    scopes: tuple[str, ...] = ()

    def read(self, keys: Keys, key: str, item: Item, *, needed: bool = True) -> None:
        super().read(keys, key, item, needed=needed)
        item.places |= {f"covers_{scope}": item.places[key] for scope in self.scopes}

    def parse(self, node: Node, item: Item) -> Any:
        named = [(prose_of(entry), entry.line) for entry in items_of(node)]
        for scope, line in named:
            if scope not in self.scopes:
                raise Invalid(not_one_of(scope, self.scopes), line)
        if not named:
            raise Invalid(f"must name at least one of {', '.join(self.scopes)}")
        return [scope for scope in self.scopes if scope in dict(named)]

    def absent(self) -> Any:
        return [] if self.default is NEEDED else list(self.default)

    def get(self, obj: Any) -> Any:
        return [scope for scope in self.scopes if getattr(obj, f"covers_{scope}")]

    def set(self, item: Item, obj: Any) -> None:
        for scope in self.scopes:
            setattr(obj, f"covers_{scope}", scope in item.values[self.attribute])

    def dump(self, obj: Any, album: Album) -> Any:
        return self.get(obj)


class PublicationKind(Kind):
    """Without `--publish` a published object is left as it is."""

    def write(self, item: Item, run: Run) -> None:
        obj = self.find(item)
        new = obj._state.adding
        if obj.is_published and not run.publish:
            own = [f for f in self.fields if f.saved and not f.is_relation and f.attribute != "publish_at"]
            unchanged = all(f.agrees(item, obj) for f in own)
            run.count(obj, "as before" if unchanged else "published and left alone")
            return
        keep = {"publish_at"} if obj.is_published and not item.values["publish_at"] else set()
        changed = save(item, obj, keep)
        if run.publish and obj.status != item.values["wanted_status"]:
            wants_it_public = item.values["wanted_status"] == Publishable.Status.PUBLISHED
            obj.publish() if wants_it_public else obj.unpublish()
            changed = True
        run.wrote(obj, "new" if new else "changed") if changed else run.count(obj)


class TranslatedKind(PublicationKind):
    """What is written in one language, and says of what other it is a translation (`InLanguage`)."""

    own_keys = ("translation_of",)

    def link_steps(self, files: list[Linked], run: Run) -> Iterator[tuple[ContentFile, Callable[[], None]]]:
        for each in files:
            yield each.file, partial(self._link, each.row, *each.links["translation_of"], run=run)

    def _link(self, slug: str, original: str = "", *, run: Run) -> None:
        obj, first = (self.model.objects.filter(slug=each).first() for each in (slug, original))
        if obj.translation_of != first and (run.publish or not obj.is_published):
            obj.translation_of = first
            obj.full_clean()
            obj.save()
            run.linked(obj)


class StoryKind(TranslatedKind):
    """An authorization counts whatever the status: one that was revoked must hide the story at once.

    What a file leaves open and the site knows stays: an older file cannot take back a revocation.
    """

    def read(self, node: Node, file: ContentFile) -> Item:
        item = super().read(node, file)
        seen = set()
        for paper in item.values["authorizations"]:
            if self._identity(paper) in seen:
                paper.fault("an authorization with this date and document is here already", "document")
            seen.add(self._identity(paper))
        return item

    def write(self, item: Item, run: Run) -> None:
        super().write(item, run)
        story = Story.objects.get(slug=item.file.slug)
        known = {(paper.signed_on, paper.document): paper for paper in story.authorizations.all()}
        for paper in item.values["authorizations"]:
            open_in_file = {name for name in FILLED_LATER if paper.values[name] in {None, "", False}}
            run.save(paper, known.get(self._identity(paper)) or Authorization(story=story), open_in_file)

    def _identity(self, paper: Item) -> tuple[Any, ...]:
        return paper.values["signed_on"], paper.values["document"]


AUTHORIZATION = Kind(
    "authorization",
    Authorization,
    [
        *("signed_on", "signed_for", "signed_by", "relationship"),
        Scope("shows", PARTS, scopes=PARTS),
        Scope("scope", scopes=PLACES),
        *("expires_on", "form_version", "purpose", "recipients", "how_to_revoke", "third_party_pay", "copy_given_on"),
        *("revoked_on", "revoked_reason", "assent", "assent_on", "turns_18_on"),
        Day("asked_again_on", None),
        *("asked_again_note", "document"),
    ],
)
STORIES = StoryKind(
    "story",
    Story,
    [
        *("sample=is_sample", "title", "summary", "name_shown", "age_band", "language"),
        Link("translation_of", (), saved=False),
        Links("conditions", NEEDED),
        STATUS,
        *("publish_at", "expires_at"),
        *picture(),
        Rows(key="authorizations", default=NEEDED, saved=False, kind=AUTHORIZATION, sort=("signed_on", "document")),
        "text",
    ],
    "stories",
)
NEWS = TranslatedKind(
    "news item",
    NewsItem,
    [
        "sample=is_sample",
        Choice("kind", choices=tuple(NewsItem.Kind.values)),
        *("title", "summary", "author", "source_name", "source_url", "source_date", "language"),
        Link("translation_of", (), saved=False),
        Links("conditions", NEEDED),
        STATUS,
        *("publish_at", "expires_at"),
        *picture(),
        "text",
    ],
    "news",
)
PUBLICATIONS = (STORIES, NEWS)  # in the order of an import


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
    [*("sample=is_sample", "shows", "order"), STATUS, *("publish_at", "expires_at"), Texts(key="texts", default=NEEDED)],
    "guides",
)
NOTICES = NoticesKind("notice", Notice, [Rows(key="versions", default=NEEDED, saved=False, kind=VERSION)], "notices")
