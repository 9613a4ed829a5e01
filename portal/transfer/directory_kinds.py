"""Places, departments, clinicians and their clinic hours, whose clocks are those of the place."""

import re
from dataclasses import dataclass
from datetime import time
from types import NoneType
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from appointments.models import ClinicHours
from directory import models
from directory.models import Clinician, Closure, Department, License, Location, OpeningHours, Room
from foundation.prose.typed import code
from portal.transfer.content_files import Album, ContentFile, Invalid, Rejected, not_one_of
from portal.transfer.fields import DAYS, EMPTIED, Clock, Day, Field, Lines, Link, Number, Text
from portal.transfer.items import Item, save
from portal.transfer.kinds import Kind, Rows, picture, translations
from portal.transfer.yaml_nodes import Node, code_of, items_of, prose_of

CLINIC_HOURS_KEY = ("clinician", "department", "weekday", "opens", "valid_from")
VIDEO = "video"


class Weekday(Field):
    """In a file “mon” to “sun”; in a cell the name of a day, or its first three letters, as on the site or in English."""

    def parse(self, node: Node, item: Item) -> Any:
        if (day := code_of(node)) not in DAYS:
            raise Invalid(not_one_of(day, DAYS))
        return DAYS.index(day) + 1

    def to_yaml(self, value: Any) -> Any:
        return DAYS[value - 1]

    def from_cell(self, cell: str, model: Any) -> Any:
        word = code(cell).lower()
        for day in OpeningHours.Weekday:
            if len(word) >= 3 and any(name.lower().startswith(word) for name in (day.name, str(day.label))):
                return day.value
        raise Invalid(_("write a day like Monday or Mon"))

    def to_cell(self, obj: Any) -> str:
        return OpeningHours.Weekday(obj.weekday).name.title()


class Place(Link):
    """The slug of a place, or “video”."""

    def from_cell(self, cell: str, model: Any) -> Any:
        return None if code(cell).lower() in {VIDEO, EMPTIED} else super().from_cell(cell, model)

    def to_cell(self, obj: Any) -> str:
        return super().to_cell(obj) or VIDEO


class RoomName(Text):
    """The name of a room of the place, which stands in a column, or key, before."""

    def get(self, obj: Any) -> Any:
        return obj.room.name if obj.room else ""

    def prefetch(self) -> list[str]:
        return ["room"]

    def set(self, item: Item, obj: Any) -> None:
        try:
            self.put(obj, item.values["room"])
        except Invalid as error:
            item.fault(str(error), "room")
            raise Rejected from error

    def from_cell(self, cell: str, model: Any) -> Any:
        return "" if cell == EMPTIED else cell

    def to_cell(self, obj: Any) -> str:
        return obj.room.name if obj.room else ""

    def put(self, obj: Any, value: Any) -> None:
        place: Location | None = obj.location
        obj.room = Room.objects.filter(location=place, name=value).first() if value and place else None
        if value and obj.room is None:
            raise Invalid(_("room: “%(name)s” is no room of this place") % {"name": value})


FIELDS: list[str | Field] = [
    "department",
    Weekday("weekday"),
    *("opens", "closes"),
    Place("place", (), "location"),
    RoomName("room", ""),
    *("every", "valid_from", "valid_to", "visits"),
]
OF_ONE = Kind("clinic hours", ClinicHours, FIELDS)
CLINIC_HOURS = Kind("clinic hours", ClinicHours, ["clinician", *FIELDS])


@dataclass(frozen=True, kw_only=True)
class ClinicRows(Rows):
    """Below a clinician. A file without the key says nothing of them, as files of before, and leaves those that are there."""

    empty: ClassVar[type] = NoneType

    kind: Kind = OF_ONE

    def parse(self, node: Node, item: Item) -> Any:
        return sorted(self.parse_items(node, item), key=lambda each: _order(*map(each.values.get, ORDER)))

    def get(self, obj: Any) -> Any:
        rows = obj.clinic_hours.all() if obj.pk else []
        return sorted(rows, key=lambda row: _order(row.weekday, row.opens, row.valid_from, [row.department.slug]))

    def agrees(self, item: Item, obj: Any) -> bool:
        return item.values[self.attribute] is None or super().agrees(item, obj)

    def dump(self, obj: Any, album: Album) -> Any:
        return [self.kind.dump(row, album) for row in self.get(obj)] or None


ORDER = ("weekday", "opens", "valid_from", "department")


def _order(*values: Any) -> list[str]:
    return [str(value) for value in values]


class Days(Field):
    """Days of the week, as sorted ISO numbers."""

    def parse(self, node: Node, item: Item) -> Any:
        named = [(prose_of(entry), entry.line) for entry in items_of(node)]
        for day, line in named:
            if day not in DAYS:
                raise Invalid(not_one_of(day, DAYS), line)
        return sorted({DAYS.index(day) + 1 for day, _line in named})


HOURS = Kind("hours", OpeningHours, [Number("", name="weekday"), "opens", "closes"])
SPAN = Kind("hours", None, [Days("days"), Clock("opens"), Clock("closes")])


@dataclass(frozen=True, kw_only=True)
class Hours(Rows):
    """Opening hours: in the file by span, on the site by day."""

    kind: Kind = HOURS
    sort: tuple[str, ...] = ("weekday", "opens")

    def parse_items(self, node: Node, item: Item) -> list[Item]:
        before = len(item.file.faults)
        spans = [SPAN.read(entry, item.file) for entry in items_of(node)]
        if len(item.file.faults) > before:
            return []
        days = [
            Item(HOURS, span.file, span.line, {**span.values, "weekday": day}, span.places)
            for span in spans
            for day in span.values["days"]
        ]
        starts: set[tuple[int, time]] = set()
        for day in days:
            weekday, opens = start = day.values["weekday"], day.values["opens"]
            if start in starts:
                raise Invalid(f"has two entries for {DAYS[weekday - 1]} from {opens:%H:%M}", day.line)
            starts.add(start)
        return days

    def dump(self, obj: Any, album: Album) -> Any:
        spans: dict[tuple[time, time], list[str]] = {}
        for hours in obj.hours.all():
            spans.setdefault((hours.opens, hours.closes), []).append(DAYS[hours.weekday - 1])
        return [{"days": days, "opens": f"{o:%H:%M}", "closes": f"{c:%H:%M}"} for (o, c), days in spans.items()] or None


ROOM = Kind("room", models.Room, ["name"])


@dataclass(frozen=True)
class RoomNames(Lines):
    """Rooms of a place: in the file their names, on the site a row each. None is ever taken away: times may be offered in it."""

    is_relation: ClassVar[bool] = True
    empty: ClassVar[type] = list

    default: Any = ()

    def parse(self, node: Node, item: Item) -> Any:
        names = dict.fromkeys(super().parse(node, item).splitlines())
        return [Item(ROOM, item.file, node.line, {"name": name}) for name in names]

    def agrees(self, item: Item, obj: Any) -> bool:
        return not self._new(item, obj)

    def set(self, item: Item, obj: Any) -> None:
        for room in self._new(item, obj):
            save(room, models.Room(location=obj))

    def _new(self, item: Item, obj: Any) -> list[Item]:
        known = {room.name for room in obj.rooms.all()}
        return [room for room in item.values["rooms"] if room.values["name"] not in known]

    def dump(self, obj: Any, album: Album) -> Any:
        return sorted(room.name for room in obj.rooms.all()) or None

    def prefetch(self) -> list[str]:
        return ["rooms"]


LICENSE = Kind("license", License, ["state", "kind", "until"])


@dataclass(frozen=True, kw_only=True)
class Licenses(Rows):
    """In a cell the states, each with its last day if there is one and its kind if it is not the usual: “NY 2028-06-30; NJ”."""

    kind: Kind = LICENSE
    sort: tuple[str, ...] = ("state",)

    def from_cell(self, cell: str, model: Any) -> Any:
        parts = [] if cell == EMPTIED else [part.split() for part in re.split("[,;\n]", code(cell)) if part.strip()]
        found = [self._license(words) for words in parts]
        if len({each.state for each in found}) < len(found):
            raise Invalid(_("names a state twice"))
        return found

    def _license(self, words: list[str]) -> License:
        state, *others = words
        license_ = License(state=state)
        for word in others:
            if word in License.Kind.values:
                license_.kind = word
            else:
                license_.until = Day("until").from_cell(word, License)
        try:
            license_.clean_fields(exclude=["clinician"])
        except ValidationError as error:
            raise Invalid(" ".join(error.messages)) from error
        return license_

    def to_cell(self, obj: Any) -> str:
        rows = obj.licenses.all() if obj.pk else []
        return "; ".join(
            " ".join([row.state, *([] if row.kind == License.Kind.FULL else [row.kind]), str(row.until or "")]).strip()
            for row in rows
        )

    def put(self, obj: Any, rows: list[License]) -> None:
        obj.licenses.all().delete()
        for row in rows:
            row.clinician = obj
            row.save()


class DepartmentKind(Kind):
    """`after_hours_words_es` is how files of before say one of the translations."""

    def read(self, node: Node, file: ContentFile) -> Item:
        item = super().read(node, file)
        if former := item.values["after_hours_words_es"]:
            item.values["translations"].setdefault("es", {}).setdefault("after_hours_words", former)
        return item


LOCATIONS = Kind(
    "location",
    Location,
    [
        "sample=is_sample",
        *("name", "street", "city", "state", "postal_code", "time_zone", "phone", "directions", "accessibility"),
        RoomNames("rooms"),
        translations(Location),
    ],
    "locations",
)
DEPARTMENTS = DepartmentKind(
    "department",
    Department,
    [
        "sample=is_sample",
        *("kind", "name", "summary", "phone", "after_hours_phone", "after_hours_words", "email"),
        Text("after_hours_words_es", "", saved=False, when=lambda obj: False),
        Hours(key="hours"),
        *("locations", "in_person", "virtual", "minutes_new", "minutes_follow_up"),
        *("takes_requests", "answers_within", "offers_hold", "days_until_ended", "inbox", "taxonomy_code"),
        Rows(key="closures", kind=Kind("closure", Closure, ["day", "reason"]), sort=("day",)),
        *("order", "text"),
        Lines("what_to_bring"),
        translations(Department, Lines("what_to_bring")),
    ],
    "departments",
)
CLINICIANS = Kind(
    "clinician",
    Clinician,
    [
        *("sample=is_sample", "name", "credentials", "role", "departments", "helps_with", "languages"),
        Licenses(key="licenses"),
        ClinicRows(key="clinic_hours"),
        *picture("photo"),
        "text",
        translations(Clinician),
    ],
    "clinicians",
)
