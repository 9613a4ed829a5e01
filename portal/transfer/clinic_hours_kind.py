"""Clinic hours: in a spreadsheet a row for each weekday, in a content file below their clinician. Clocks are those of the place."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from appointments.models import ClinicHours
from directory.models import Location, OpeningHours, Room
from foundation.prose.typed import code
from portal.transfer.content_files import Album, Invalid, Rejected, not_one_of
from portal.transfer.fields import DAYS, EMPTIED, Field, Link, Text
from portal.transfer.items import Item
from portal.transfer.kinds import Kind, Rows
from portal.transfer.yaml_nodes import Node, code_of

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

    kind: Kind = OF_ONE

    def absent(self) -> Any:
        return None

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
