"""The files of `stories/` and `news/`: what is published for a time."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from foundation.pages.models import Publishable
from news.models import NewsItem
from portal.transfer.files.check import File, Wrong, one_of
from portal.transfer.files.directory import SAMPLE
from portal.transfer.files.files import Album
from portal.transfer.files.groups import Picture
from portal.transfer.files.keys import Choice, Day, Flag, Links, LongText, Moment, Rows, Text, choices
from portal.transfer.files.marks import Keys, Node
from portal.transfer.files.room import Room
from portal.transfer.files.save import Run, differences, link, put
from portal.transfer.files.shape import NEEDED, Key, Row, Shape, items, words
from stories.models import Authorization, Story
from stories.models.authorization import FILLED_ONCE

LANGUAGE = Choice("language", "en", choices=choices(code for code, _name in settings.LANGUAGES))
LATER = {*FILLED_ONCE, "revoked_on", "revoked_reason", "asked_again_on", "asked_again_note"}
PARTS, PLACES = ("text", "picture", "name"), ("website", "print", "social")


@dataclass(frozen=True)
class Status(Choice):
    """What the file wants to be. Not a field of its own: verbs alone change a status."""

    key: str = "status"
    default: Any = "published"
    name: str = "wanted"
    choices: tuple[str, ...] = ("published", "draft")

    def stored(self, obj: Any) -> dict[str, Any]:
        """Nothing that could be set."""
        return {}

    def value(self, obj: Any) -> Any:
        """As the object is."""
        return obj.status


@dataclass(frozen=True)
class Scope(Key):
    """What an authorization covers: in the file a list, always written; on the site a field for each of `scopes`."""

    scopes: tuple[str, ...] = ()

    def read(self, node: Keys, row: Row) -> None:
        """Its fields."""
        super().read(node, row)
        named = row.values.pop(self.field) or []
        row.values |= {f"covers_{scope}": scope in named for scope in self.scopes}
        row.places |= {f"covers_{scope}": row.places[self.field] for scope in self.scopes}

    def taken(self, node: Node, row: Row) -> Any:
        """At least one of `scopes`."""
        named = [(words(entry), entry.line) for entry in items(node)]
        for scope, line in named:
            if scope not in self.scopes:
                raise Wrong(one_of(scope, self.scopes), line)
        if not named:
            raise Wrong(f"must name at least one of {', '.join(self.scopes)}")
        return [scope for scope, _line in named]

    def stored(self, obj: Any) -> dict[str, Any]:
        """Its fields."""
        return {f"covers_{scope}": getattr(obj, f"covers_{scope}") for scope in self.scopes}

    def data(self, obj: Any, album: Album) -> Any:
        """Those that hold."""
        return [scope for scope in self.scopes if getattr(obj, f"covers_{scope}")]


AUTHORIZATION = Shape(
    "authorization",
    Authorization,
    (
        Day("signed_on"),
        Text("signed_for", ""),
        Text("signed_by"),
        Choice("relationship", choices=choices(Authorization.Relationship.values)),
        Scope("shows", PARTS, scopes=PARTS),
        Scope("scope", scopes=PLACES),
        Day("expires_on"),
        Day("revoked_on", None),
        Text("revoked_reason", ""),
        Flag("assent", default=False),
        Day("assent_on", None),
        Day("turns_18_on", None),
        Day("asked_again_on", None),
        Text("asked_again_note", ""),
        Text("document"),
    ),
)


@dataclass(frozen=True)
class PublishedRoom(Room):
    """Without `--publish` a published object is left as it is."""

    def write(self, row: Row, run: Run) -> None:
        """Fields, links, and with `--publish` the status."""
        obj = self.object(row)
        made = obj.pk is None
        if obj.is_published and not run.publish:
            run.left(obj, "published and left alone" if differences(row, obj).keys() - {"publish_at"} else "as before")
            return
        keep = {"publish_at"} if obj.is_published and not row.values["publish_at"] else set()
        changed = [put(row, obj, keep=keep), link(row, obj, "conditions")]
        if run.publish:
            changed.append(self._move(obj, row.values["wanted"]))
        run.done(obj, made=made, changed=any(changed))

    def _move(self, obj: Publishable, wanted: str) -> bool:
        if obj.status == wanted:
            return False
        obj.publish() if wanted == Publishable.Status.PUBLISHED else obj.unpublish()
        return True


@dataclass(frozen=True)
class Stories(PublishedRoom):
    """An authorization counts whatever the status: one that was revoked must hide the story at once.

    What a file leaves open and the site knows stays: an older file cannot take back a revocation.
    """

    def read(self, node: Node, file: File) -> Row:
        """Also refuses two authorizations that nothing tells apart."""
        row = super().read(node, file)
        seen = set()
        for entry in row.rows["authorizations"]:
            if self._paper(entry) in seen:
                entry.fault("an authorization with this date and document is here already", "document")
            seen.add(self._paper(entry))
        return row

    def write(self, row: Row, run: Run) -> None:
        """The story, then its authorizations; none is ever removed."""
        super().write(row, run)
        story = Story.objects.get(slug=row.file.slug)
        known = {(a.signed_on, a.document): a for a in story.authorizations.all()}
        for entry in row.rows["authorizations"]:
            obj = known.get(self._paper(entry)) or Authorization(story=story)
            open_in_file = {name for name, value in entry.values.items() if value in (None, "", False) and name in LATER}
            run.done(obj, made=obj.pk is None, changed=put(entry, obj, keep=open_in_file))

    def _paper(self, entry: Row) -> tuple[Any, ...]:
        return entry.values["signed_on"], entry.values["document"]


STORIES = Stories(
    "stories",
    Shape(
        "story",
        Story,
        (
            SAMPLE,
            Text("title"),
            Text("summary"),
            Text("name_shown"),
            Text("age_band", ""),
            LANGUAGE,
            Links("conditions", NEEDED),
            Status(),
            Moment("publish_at", None),
            Moment("expires_at", None),
            Picture(),
            Rows("authorizations", default=NEEDED, shape=AUTHORIZATION, by=("signed_on", "document")),
            LongText("text"),
        ),
    ),
)
NEWS = PublishedRoom(
    "news",
    Shape(
        "news item",
        NewsItem,
        (
            SAMPLE,
            Choice("kind", choices=choices(NewsItem.Kind.values)),
            Text("title"),
            Text("summary"),
            Text("author", ""),
            Text("source_name", ""),
            Text("source_url", ""),
            Day("source_date", None),
            LANGUAGE,
            Links("conditions", NEEDED),
            Status(),
            Moment("publish_at", None),
            Moment("expires_at", None),
            Picture(),
            LongText("text", ""),
        ),
    ),
)
