"""Two small pictures of how the condition pages stand, drawn by the server as SVG, each with the table it is made from.

All measures are units of the picture's own grid, `Chart.WIDTH` wide.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.db.models import Count
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conditions.actions import months_after
from conditions.models import Edition

Amount = tuple[str, int]


@dataclass(frozen=True)
class Bar:
    """A column from `y` down to the ground, `middle` being where its words stand."""

    label: str
    short: str
    count: int
    x: int
    y: int
    height: int
    middle: int
    urgent: bool


@dataclass(frozen=True)
class Chart:
    """Columns side by side. The first is marked as urgent where `urgent` says so; `short` words stand under the columns."""

    WIDTH: ClassVar[int] = 336
    TOP: ClassVar[int] = 16
    GROUND: ClassVar[int] = 96
    HEIGHT: ClassVar[int] = 114

    name: str
    title: str
    rows: list[Amount]
    short: list[str]
    urgent: bool = False

    @property
    def step(self) -> int:
        return self.WIDTH // len(self.rows)

    @property
    def thickness(self) -> int:
        return min(self.step - 8, 28)

    @property
    def bars(self) -> list[Bar]:
        """The highest reaches from `GROUND` to `TOP`; what is not zero is at least two units high."""
        most = max((count for _label, count in self.rows), default=0) or 1
        return [self._bar(place, most) for place in range(len(self.rows))]

    def _bar(self, place: int, most: int) -> Bar:
        label, count = self.rows[place]
        height = max(2, round((self.GROUND - self.TOP) * count / most)) if count else 0
        middle = place * self.step + self.step // 2
        urgent = self.urgent and place == 0 and count > 0
        return Bar(label, self.short[place], count, middle - self.thickness // 2, self.GROUND - height, height, middle, urgent)

    @property
    def words(self) -> str:
        parts = [f"{label}: {count}" for label, count in self.rows if count]
        return f"{self.title}. {'; '.join(parts) or _('No page is live yet.')}"


def charts() -> list[Chart]:
    """How old the live pages' reviews are, and when their next ones fall due. Two queries that count by days."""
    live, today = (
        Edition.objects.live().exclude(reviewed_on=None).exclude(next_review_due=None).order_by(),
        timezone.localdate(),
    )
    days = [Counter(dict(live.values_list(name).annotate(Count("pk")))) for name in ("reviewed_on", "next_review_due")]
    return [_age(days[0], today), _backlog(days[1], today)]


def _age(reviewed: Counter[date], today: date) -> Chart:
    """By whole months since the review, on the site's calendar."""
    labels = [_("up to 6 months ago"), _("up to a year ago"), _("up to two years ago"), _("longer ago")]
    places: Counter[int] = Counter()
    for day, count in reviewed.items():
        places[sum(months_after(day, months) < today for months in (6, 12, 24))] += count
    rows = [(label, places[place]) for place, label in enumerate(labels)]
    return Chart("age", _("When pages were last reviewed"), rows, [_("6 months"), _("1 year"), _("2 years"), _("longer")])


def _backlog(due: Counter[date], today: date) -> Chart:
    """What is overdue, the next twelve months of the calendar with this one first, and what comes later."""
    firsts = [months_after(today.replace(day=1), number) for number in range(12)]
    months: Counter[date] = Counter()
    for day, count in due.items():
        if day >= today:
            months[day.replace(day=1)] += count
    rows = [(_("overdue"), due.total() - months.total()), *((date_format(first, "F Y"), months[first]) for first in firsts)]
    rows.append((_("later"), sum(count for month, count in months.items() if month > firsts[-1])))
    short = [_("late"), *(date_format(first, "M")[:3] for first in firsts), _("later")]
    return Chart("backlog", _("Reviews to come"), rows, short, urgent=True)
