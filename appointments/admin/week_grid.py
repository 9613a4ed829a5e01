"""A week of one clinician as a table: free hours as boxes, what is taken by initials, what is closed by name."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from appointments import time_text
from appointments.free_hours import DAY, STEP, FreeHour, Team
from appointments.models import OfferedTime
from directory.calendar import moment
from directory.hours import hour_in_words, span

FREE, SEEN, HELD, OFF, SHORT = "free", "seen", "held", "off", "short"


@dataclass
class Cell:
    """`value` is the instant that a box carries (UTC); `rows` are the lines of the table over which it goes."""

    kind: str
    words: str = ""
    time: int = 0  # the visit, so that two in a row stay apart
    value: str = ""
    label: str = ""
    fits: bool = False
    ticked: bool = False
    who: str = ""
    rows: int = 1

    def goes_on(self, above: "Cell | None") -> bool:
        same = above and (above.kind, above.words, above.time) == (self.kind, self.words, self.time)
        return bool(same) and self.kind != FREE


@dataclass
class Row:
    clock: str
    is_hour: bool
    cells: list[Cell] = field(default_factory=list)


@dataclass
class Grid:
    """Of each day its name and what is on; of each line its clock and the cells that begin there."""

    days: list[tuple[str, str]]
    rows: list[Row]


class GridMaker:
    """`sees` tells whether the person who looks may know whose time it is; `fits` whether the family wished for this moment."""

    def __init__(
        self,
        hours: Team,
        *,
        fits: Callable[[datetime], bool],
        sees: Callable[[OfferedTime], bool],
        ticked: Collection[datetime],
    ) -> None:
        self.hours, self.fits, self.sees, self.ticked = hours, fits, sees, ticked

    def make(self, week: date, free: dict[date, list[FreeHour]]) -> Grid:
        """`rows` is empty in a week without a single hour."""
        days = [week + number * DAY for number in range(7)]
        days = [day for day in days if day.weekday() < 5 or self.hours.spans(day)]
        clocks = sorted({self._clock(at) for day in days for at in self._steps(day)})
        columns = [self._column(day, clocks, {each.starts_at: each for each in free.get(day, [])}) for day in days]
        rows = [Row(hour_in_words(clock), clock.minute == 0) for clock in clocks]
        for column in columns:
            for row, cell in zip(rows, column, strict=True):
                if cell:
                    row.cells.append(cell)
        return Grid([(time_text.short_day(day), self._note(day)) for day in days], rows)

    def _clock(self, at: datetime) -> time:
        return at.astimezone(self.hours.zone).time()

    def _steps(self, day: date) -> list[datetime]:
        found = []
        for starts_at, ends_at, _room in self.hours.spans(day):
            at = starts_at
            while at < ends_at:
                found.append(at)
                at += STEP
        return found

    def _note(self, day: date) -> str:
        local = [(self._clock(each.starts_at), self._clock(each.ends_at)) for each in self.hours.spans(day)]
        return self.hours.why_shut(day) or ", ".join(span(opens, closes) for opens, closes in sorted(local)) or _("no clinic")

    def _column(self, day: date, clocks: list[time], free: dict[datetime, FreeHour]) -> list[Cell | None]:
        """None where the cell above goes on."""
        column: list[Cell | None] = []
        last: Cell | None = None
        for clock in clocks:
            cell = self._cell(day, moment(day, clock, self.hours.zone), free)
            if last and cell.goes_on(last):
                last.rows += 1
            else:
                last = cell
            column.append(cell if cell is last else None)
        return column

    def _cell(self, day: date, at: datetime, free: dict[datetime, FreeHour]) -> Cell:
        if at in free:
            return self._box(free[at])
        if shut := self.hours.why_shut(day):
            return Cell(OFF, shut)
        if not any(each.starts_at <= at < each.ends_at for each in self.hours.spans(day)):
            return Cell(OFF)
        taken = self.hours.of_clinician(at, at + STEP)
        return self._taken(taken) if taken else Cell(SHORT)

    def _box(self, free: FreeHour) -> Cell:
        at = free.starts_at
        local, fits = at.astimezone(self.hours.zone), self.fits(at)
        label = time_text.short(at, self.hours.wanted.zone)
        label = f"{label}, {free.clinician}" if self.hours.is_several else label
        label = _("%(when)s, as they wished") % {"when": label} if fits else label
        words = f"{local.hour % 12 or 12}:{local.minute:02}"
        who = "".join(word[0] for word in free.clinician.name.split()) if self.hours.is_several else ""
        return Cell(FREE, words, value=at.isoformat(), label=label, fits=fits, ticked=at in self.ticked, who=who)

    def _taken(self, taken: Any) -> Cell:
        if self.hours.is_several:
            return Cell(SEEN, _("all taken"))
        who = taken.request.initials if self.sees(taken) else _("another department")
        if taken.status == OfferedTime.Status.OFFERED:
            return Cell(HELD, _("%(who)s held") % {"who": who}, taken.pk)
        return Cell(SEEN, _("%(who)s visit") % {"who": who}, taken.pk)


def clocks_change(week: date, hours: Team) -> date | None:
    """The day of this week on which the clocks change there."""
    offsets = [moment(week + number * DAY, time(12), hours.zone).astimezone(hours.zone).utcoffset() for number in range(-1, 7)]
    changed = [number for number in range(7) if offsets[number + 1] != offsets[number]]
    return week + timedelta(days=changed[0]) if changed else None
