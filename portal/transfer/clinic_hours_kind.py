"""Clinic hours as a spreadsheet has them: a row for each weekday, its clocks those of the place."""

from typing import Any

from django.utils.translation import gettext as _

from appointments.models import ClinicHours
from directory.models import Location, OpeningHours, Room
from foundation.prose.typed import code
from portal.transfer.content_files import Invalid
from portal.transfer.fields import EMPTIED, Field, Link
from portal.transfer.kinds import Kind

CLINIC_HOURS_KEY = ("clinician", "department", "weekday", "opens", "valid_from")
VIDEO = "video"


class Weekday(Field):
    """The name of a day, or its first three letters, as on the site or in English."""

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


class RoomName(Field):
    """The name of a room of the place, which stands in a column before."""

    def from_cell(self, cell: str, model: Any) -> Any:
        return "" if cell == EMPTIED else cell

    def to_cell(self, obj: Any) -> str:
        return obj.room.name if obj.room else ""

    def put(self, obj: Any, value: Any) -> None:
        place: Location | None = obj.location
        obj.room = Room.objects.filter(location=place, name=value).first() if value and place else None
        if value and obj.room is None:
            raise Invalid(_("room: “%(name)s” is no room of this place") % {"name": value})


CLINIC_HOURS = Kind(
    "clinic hours",
    ClinicHours,
    [
        *("clinician", "department"),
        Weekday("weekday"),
        *("opens", "closes"),
        Place("place", (), "location"),
        RoomName("room", ""),
        *("every", "valid_from", "valid_to", "visits"),
    ],
)
