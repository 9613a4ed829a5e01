"""The files of `locations/`, `departments/` and `clinicians/`."""

from dataclasses import dataclass
from datetime import time
from typing import Any

from directory import models
from directory.models import Clinician, Closure, Department, Location, OpeningHours
from portal.transfer.files.check import Wrong, one_of
from portal.transfer.files.files import Album
from portal.transfer.files.groups import Picture
from portal.transfer.files.keys import Block, Choice, Day, Flag, Given, Lines, Links, LongText, Number, Rows, Text, choices
from portal.transfer.files.marks import Keys, Node
from portal.transfer.files.room import Room
from portal.transfer.files.save import Run, put
from portal.transfer.files.shape import Key, Row, Shape, items, words

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SAMPLE = Flag("sample", False, "is_sample")


@dataclass(frozen=True)
class Clock(Key):
    """A time of day."""

    def taken(self, node: Node, row: Row) -> Any:
        """Raises Wrong for everything but 24 hours and minutes."""
        word = words(node)
        try:
            if len(word) == 5:
                return time.fromisoformat(word)
        except ValueError:
            pass
        raise Wrong('must be a time like "09:00"')

    def written(self, value: Any) -> Any:
        """Hours and minutes."""
        return f"{value:%H:%M}"


@dataclass(frozen=True)
class Days(Key):
    """Days of the week."""

    def taken(self, node: Node, row: Row) -> Any:
        """ISO numbers, sorted."""
        named = [(words(entry), entry.line) for entry in items(node)]
        for day, line in named:
            if day not in DAYS:
                raise Wrong(one_of(day, DAYS), line)
        return sorted({DAYS.index(day) + 1 for day, _line in named})


SPAN = Shape("hours", None, (Days("days"), Clock("opens"), Clock("closes")))
HOURS = Shape("hours", OpeningHours, (Given(name="weekday"), Clock("opens"), Clock("closes")))


@dataclass(frozen=True)
class Hours(Key):
    """Opening hours: in the file by span, on the site by day."""

    default: Any = ()

    def read(self, node: Keys, row: Row) -> None:
        """Into `row.rows`, in the order of the week."""
        super().read(node, row)
        days = list(row.values.pop(self.field) or [])
        row.rows[self.field] = sorted(days, key=lambda day: (day.values["weekday"], day.values["opens"]))

    def taken(self, node: Node, row: Row) -> Any:
        """One row for each day of each entry. Raises Wrong if two begin at the same time."""
        before = len(row.file.faults)
        spans = [SPAN.read(entry, row.file) for entry in items(node)]
        if len(row.file.faults) > before:
            return []
        days = [self._day(span, day) for span in spans for day in span.values["days"]]
        starts: set[tuple[int, time]] = set()
        for day in days:
            start = (day.values["weekday"], day.values["opens"])
            if start in starts:
                raise Wrong(f"has two entries for {DAYS[start[0] - 1]} from {start[1]:%H:%M}", day.line)
            starts.add(start)
        return days

    def _day(self, span: Row, day: int) -> Row:
        values = {"weekday": day, "opens": span.values["opens"], "closes": span.values["closes"]}
        return Row(HOURS, span.file, span.line, values, span.places)

    def stored(self, obj: Any) -> dict[str, Any]:
        """Rows are compared on their own."""
        return {}

    def data(self, obj: Any, album: Album) -> Any:
        """Days with the same hours together."""
        spans: dict[tuple[time, time], list[str]] = {}
        for hours in obj.hours.all():
            spans.setdefault((hours.opens, hours.closes), []).append(DAYS[hours.weekday - 1])
        return [{"days": days, "opens": f"{o:%H:%M}", "closes": f"{c:%H:%M}"} for (o, c), days in spans.items()] or None


CLOSURE = Shape("closure", Closure, (Day("day"), Text("reason", "")))


@dataclass(frozen=True, kw_only=True)
class Closures(Rows):
    """Closed days, in the order of the calendar."""

    shape: Shape = CLOSURE

    def read(self, node: Keys, row: Row) -> None:
        """Sorted, as the site has them."""
        super().read(node, row)
        row.rows[self.field].sort(key=lambda closure: str(closure.values["day"]))


ROOM = Shape("room", models.Room, (Text("name"),))


@dataclass(frozen=True)
class RoomNames(Lines):
    """Rooms: in the file their names, on the site a row each."""

    default: Any = ()

    def read(self, node: Keys, row: Row) -> None:
        """Into `row.rows`."""
        super().read(node, row)
        names = row.values.pop(self.field) or ""
        line = row.places[self.field][1]
        row.rows[self.field] = [
            Row(ROOM, row.file, line, {"name": name}) for name in dict.fromkeys("".join(names).splitlines())
        ]

    def stored(self, obj: Any) -> dict[str, Any]:
        """Rows are compared on their own."""
        return {}

    def data(self, obj: Any, album: Album) -> Any:
        """Sorted, whatever the database's own order."""
        return sorted(room.name for room in obj.rooms.all()) or None


@dataclass(frozen=True)
class Locations(Room):
    """A room is never taken away by a file: times may have been offered in it."""

    def write(self, row: Row, run: Run) -> None:
        """The place, then the rooms that are new."""
        obj = self.object(row)
        made = obj.pk is None
        changed = put(row, obj)
        known = set(obj.rooms.values_list("name", flat=True))
        for room in row.rows["rooms"]:
            if room.values["name"] not in known:
                changed |= put(room, models.Room(location=obj))
        run.done(obj, made=made, changed=changed)


LOCATIONS = Locations(
    "locations",
    Shape(
        "location",
        Location,
        (
            SAMPLE,
            Text("name"),
            Text("street"),
            Text("city"),
            Text("state"),
            Text("postal_code"),
            Text("time_zone"),
            Text("phone", ""),
            Block("directions", ""),
            Block("accessibility", ""),
            RoomNames("rooms"),
        ),
    ),
)
DEPARTMENTS = Room(
    "departments",
    Shape(
        "department",
        Department,
        (
            SAMPLE,
            Choice("kind", choices=choices(Department.Kind.values)),
            Text("name"),
            Text("summary"),
            Text("phone"),
            Text("after_hours_phone", ""),
            Text("after_hours_words", ""),
            Text("after_hours_words_es", ""),
            Text("email", ""),
            Hours("hours"),
            Links("locations"),
            Flag("in_person", default=True),
            Flag("virtual", default=False),
            Text("licensed_states", ""),
            Flag("takes_requests", default=True),
            Number("answers_within", 16),
            Number("offers_hold", 72),
            Text("inbox", ""),
            Closures("closures"),
            Number("order", 0),
            LongText("text", ""),
            Lines("what_to_bring"),
        ),
    ),
    {"hours": HOURS, "closures": CLOSURE},
)
CLINICIANS = Room(
    "clinicians",
    Shape(
        "clinician",
        Clinician,
        (
            SAMPLE,
            Text("name"),
            Text("credentials"),
            Text("role"),
            Links("departments"),
            Picture("photo"),
            LongText("text", ""),
        ),
    ),
)
