"""Figures as tables: for the page, for paper and for a spreadsheet alike. Each number knows the list that it counts."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext

from appointments.figures import AGREED, LATE, LEAST, OPEN, Figures, Period, Spread, Tally, Time, hidden
from appointments.models import Request
from conditions.models import Condition
from directory.models import Department
from foundation.pages.languages import language_name

WIDTH = 160  # of a bar, in the units of its own picture
PERCENT_FROM = 20
BUCKETS = [(0, 4), (4, 8), (8, 16), (16, 24), (24, None)]  # business hours
Reason = Request.Reason
BAD = {LATE, Reason.MISSED, Reason.NOT_REACHED}  # drawn in red


@dataclass(frozen=True)
class Cell:
    text: str
    address: str = ""


@dataclass(frozen=True)
class Row:
    label: str
    cells: list[Cell]
    amounts: list[tuple[str, int]] = field(default_factory=list)  # (good, bad or other, amount) of its bar, side by side


@dataclass(frozen=True)
class Table:
    name: str
    title: str
    heads: list[str]  # the first one of the rows' labels
    rows: list[Row]
    note: str = ""
    is_wide: bool = False

    @property
    def has_bars(self) -> bool:
        return any(row.amounts for row in self.rows)

    def drawn(self) -> list[tuple[Row, list[dict[str, Any]]]]:
        """The rows with their bars; the longest is `WIDTH` long."""
        most = max((sum(amount for _kind, amount in row.amounts) for row in self.rows), default=0) or 1
        return [(row, _bars(row.amounts, most)) for row in self.rows]


def _bars(amounts: list[tuple[str, int]], most: int) -> list[dict[str, Any]]:
    bars, so_far = [], 0
    for kind, amount in amounts:
        start, end = round(WIDTH * so_far / most), round(WIDTH * (so_far + amount) / most)
        bars.append({"x": start, "width": end - start, "kind": kind})
        so_far += amount
    return bars


@dataclass(frozen=True)
class Lists:
    """Addresses of the lists behind the numbers."""

    period: Period
    department: Department | None = None

    def cell(self, text: Any, figure: str, *, period: Period | None = None, department: Department | None = None) -> Cell:
        """Without an address where nothing is to be listed."""
        if not figure or str(text).split(maxsplit=1)[0] in {"0", "–"}:
            return Cell(str(text))
        days = period or self.period
        own = department or self.department
        query = {"turn": "all", "counted": f"{figure}~{days.first}~{days.last}"} | ({"department": own.slug} if own else {})
        return Cell(str(text), reverse("admin:appointments_request_changelist", query=query))

    def row(self, label: str, figure: str, now: Any, before: Any) -> Row:
        return Row(label, [self.cell(now, figure), Cell(str(before))])


def share(part: int, whole: int) -> str:
    return _("%(part)d of %(whole)d") % {"part": part, "whole": whole} if whole else "–"


def percent(part: int, whole: int) -> str:
    """Like “72 %”; "" where so few would make it look surer than it is."""
    return _("%(percent)d %%") % {"percent": round(100 * part / whole)} if whole >= PERCENT_FROM else ""


def hours(value: float | None) -> str:
    return "–" if value is None else _("%(hours)s h") % {"hours": f"{value:g}"}


def days(value: float | None) -> str:
    return "–" if value is None else ngettext("%d day", "%d days", int(value)) % int(value)


Lead = tuple[str, Cell, list[str]]  # name, number, what stands below it


def lead_figures(figures: Figures, lists: Lists) -> list[Lead]:
    now, before = figures.tally(), figures.tally(current=False)
    return [*_leads_of_requests(now, before, lists), *_leads_of_visits(now, before, lists)]


def _leads_of_requests(now: Tally, before: Tally, lists: Lists) -> list[Lead]:
    kept_before = _("%(share)s before") % {"share": share(before.kept, before.promised)}
    return [
        (
            _("Requests"),
            lists.cell(now.requests.total(), "requests"),
            [
                _("%(count)d before") % {"count": before.requests.total()},
                _("%(share)s open") % {"share": share(now.open, now.requests.total())},
            ],
        ),
        (
            _("Promise kept"),
            lists.cell(share(now.kept, now.promised), "promise.kept"),
            [", ".join(filter(None, [percent(now.kept, now.promised), kept_before]))],
        ),
        (
            _("First contact, half within"),
            lists.cell(hours(now.hours.half), "contact"),
            [
                _("nine of ten within %(hours)s") % {"hours": hours(now.hours.nine_of_ten)},
                _("%(hours)s before") % {"hours": hours(before.hours.half)},
            ],
        ),
    ]


def _leads_of_visits(now: Tally, before: Tally, lists: Lists) -> list[Lead]:
    visits, earlier = now.visited(), before.visited()
    first, others = now.days(new=True), now.days(new=False)
    return [
        (
            _("To a first visit, half within"),
            lists.cell(days(first.half), "visit.new"),
            [
                _("nine of ten within %(days)s") % {"days": days(first.nine_of_ten)},
                _("other visits: %(days)s") % {"days": days(others.half)},
            ],
        ),
        (
            _("Came to the visit"),
            lists.cell(share(now.visited(Time.CAME), visits), "visit.came"),
            [
                _("%(count)d did not come") % {"count": now.visited(Time.MISSED)},
                _("%(share)s before") % {"share": share(before.visited(Time.CAME), earlier)},
            ],
        ),
        (
            _("By video"),
            lists.cell(share(now.visited(video=True), visits), "visit.video"),
            [
                _("%(share)s asked for it") % {"share": share(now.total(mode=Request.Mode.VIRTUAL), now.requests.total())},
                _("%(share)s before") % {"share": share(before.visited(video=True), earlier)},
            ],
        ),
    ]


def tables(figures: Figures, departments: list[Department], lists: Lists) -> list[Table]:
    return [
        *(make(figures, lists) for make in (_by_step, _contact, _ended, _by_whom, _visits, _earlier)),
        *(make(figures, departments, lists) for make in (_departments, _department_visits)),
        *(make(figures, lists) for make in (_conditions, _languages)),
    ]


def _by_step(figures: Figures, lists: Lists) -> Table:
    steps = figures.by_step()
    rows = [
        Row(
            date_format(step.first, "j M"),
            [lists.cell(kept, "promise.kept", period=step), lists.cell(late, "promise.late", period=step)],
            [("good", kept), ("bad", late)],
        )
        for step, kept, late in steps
    ]
    length = steps[0][0].days
    head = _("Week from") if length == 7 else ngettext("%d day from", "%d days from", length) % length
    note = _("By the day on which the request came. One that still waits within its promise is not counted yet.")
    return Table("weeks", _("Promise kept"), [head, _("In time"), _("Late")], rows, note)


def _contact(figures: Figures, lists: Lists) -> Table:
    now, before = figures.tally().hours.counts, figures.tally(current=False).hours.counts
    rows = []
    for low, high in BUCKETS:
        most = float("inf") if high is None else high
        counts = [sum(n for value, n in each.items() if low < value <= most) for each in (now, before)]
        label = (_("more than %(low)d") if high is None else _("%(low)d to %(high)d")) % {"low": low, "high": high}
        minutes = f"{low * 60}-{'' if high is None else high * 60}"
        rows.append(Row(label, [lists.cell(counts[0], f"contact.{minutes}"), Cell(str(counts[1]))], [("good", counts[0])]))
    note = _(
        "Business hours of the department, from the request to the first word of a person: reached, asked, offered, confirmed or closed."
    )
    return Table("contact", _("Hours to the first contact"), [_("Business hours"), _("Requests"), _("Before")], rows, note)


def _ended(figures: Figures, lists: Lists) -> Table:
    now, before = figures.tally(), figures.tally(current=False)
    labels = {**dict(Reason.choices), AGREED: _("A visit is agreed"), OPEN: _("Still open")}
    rows = []
    for how, label in labels.items():
        count, former = now.total(how=how), before.total(how=how)
        if count or former:
            kind = "bad" if how in BAD else "good" if how in {Reason.CAME, AGREED} else "other"
            rows.append(Row(str(label), [lists.cell(count, f"how.{how}"), Cell(str(former))], [(kind, count)]))
    return Table("ended", _("How requests ended"), [_("How"), _("Requests"), _("Before")], rows)


def _by_whom(figures: Figures, lists: Lists) -> Table:
    now, before = figures.tally(), figures.tally(current=False)
    labels = {"us": _("We closed it"), "family": _("The family withdrew it"), "clock": _("Nobody said how the visit ended")}
    rows = [lists.row(label, f"by.{by}", now.total(by=by), before.total(by=by)) for by, label in labels.items()]
    return Table("by-whom", _("By whom"), [_("Who ended it"), _("Requests"), _("Before")], rows)


def _visits(figures: Figures, lists: Lists) -> Table:
    now, before = figures.tally(), figures.tally(current=False)
    unsaid = [Time.CONFIRMED, Time.OVER]
    rows = [
        lists.row(_("Visits whose hour has come"), "visit.all", now.visited(), before.visited()),
        lists.row(_("They came"), "visit.came", now.visited(Time.CAME), before.visited(Time.CAME)),
        lists.row(_("They did not come"), "visit.missed", now.visited(Time.MISSED), before.visited(Time.MISSED)),
        lists.row(_("Nobody said"), "visit.unsaid", now.visited(*unsaid), before.visited(*unsaid)),
        lists.row(_("By video"), "visit.video", now.visited(video=True), before.visited(video=True)),
        lists.row(_("Given up less than a day before"), "visit.late", now.given_up.total(), before.given_up.total()),
    ]
    for label, new in ((_("Days to a first visit"), True), (_("Days to other visits"), False)):
        rows.append(lists.row(label, "", _two(now.days(new=new)), _two(before.days(new=new))))
    note = _("By the day of the visit. Of days: half of the visits, and nine of ten, came within so many.")
    return Table("visits", _("Visits"), [_("What"), _("Number"), _("Before")], rows, note)


def _two(spread: Spread) -> str:
    return f"{spread.half:g} / {spread.nine_of_ten:g}" if spread.count else "–"


def _earlier(figures: Figures, lists: Lists) -> Table:
    now, before = figures.earlier[True], figures.earlier[False]
    rows = [
        lists.row(_("Families that asked for one"), "earlier.wished", now.wished, before.wished),
        lists.row(_("Hours offered"), "earlier.sent", now.sent, before.sent),
        lists.row(_("Taken"), "earlier.taken", *(share(each.days_won.count, each.sent) for each in (now, before))),
        lists.row(_("Days won, half at least"), "", *(days(each.days_won.upper_half) for each in (now, before))),
    ]
    note = _("When a visit is given back, its hour is offered to families that would come sooner.")
    return Table("earlier", _("Earlier times"), [_("What"), _("Number"), _("Before")], rows, note)


def _departments(figures: Figures, departments: list[Department], lists: Lists) -> Table:
    rows = []
    for department in departments:
        now, before = figures.tally(department.pk), figures.tally(department.pk, current=False)
        if not (now.requests or before.requests):
            continue
        cells = [
            (now.requests.total(), "requests"),
            (share(now.open, now.requests.total()), "open"),
            (hours(now.hours.half), "contact"),
            (hours(now.hours.nine_of_ten), ""),
            (hours(department.answers_within), ""),
            (share(now.kept, now.promised), "promise.kept"),
            (share(before.kept, before.promised), ""),
        ]
        rows.append(Row(str(department), [lists.cell(*cell, department=department) for cell in cells]))
    words = [_("Requests"), _("Open"), _("Half within"), _("Nine of ten"), _("Promise"), _("Kept"), _("Before")]
    return Table("departments", _("Departments: requests"), [_("Department"), *words], rows, is_wide=True)


def _department_visits(figures: Figures, departments: list[Department], lists: Lists) -> Table:
    rows = []
    for department in departments:
        now = figures.tally(department.pk)
        visits = now.visited()
        if not visits:
            continue
        cells = [
            (visits, "visit.all"),
            (share(now.visited(Time.CAME), visits), "visit.came"),
            (now.visited(Time.MISSED), "visit.missed"),
            (share(now.visited(video=True), visits), "visit.video"),
            (_two(now.days(new=True)), ""),
            (_two(now.days(new=False)), ""),
        ]
        rows.append(Row(str(department), [lists.cell(*cell, department=department) for cell in cells]))
    words = [_("Visits"), _("Came"), _("Did not come"), _("By video"), _("Days, first visit"), _("Days, others")]
    return Table("department-visits", _("Departments: visits"), [_("Department"), *words], rows, is_wide=True)


def _conditions(figures: Figures, lists: Lists) -> Table:
    counted = figures.by("condition")
    conditions = Condition.objects.prefetch_related("names").in_bulk([pk for pk, *_counts in counted if pk])
    labels = {pk: conditions[pk].name if pk in conditions else _("None named") for pk, *_counts in counted}
    rows = [(labels[pk], str(pk or ""), *counts) for pk, *counts in counted]
    return _small("condition", _("By condition"), _("Condition"), rows, lists)


def _languages(figures: Figures, lists: Lists) -> Table:
    counted = [(language_name(code), code, *counts) for code, *counts in figures.by("language")]
    return _small("language", _("By language of the page"), _("Language"), counted, lists)


def _small(name: str, title: str, head: str, counted: list[Any], lists: Lists) -> Table:
    """Small numbers could tell of one family: rows with fewer than five are put together, and a promise of fewer is hidden."""
    merged = hidden([(count,) for _label, _value, count, _kept, _late in counted])
    shown = [row for place, row in enumerate(counted) if place not in merged]
    rest = [row for place, row in enumerate(counted) if place in merged]
    parts = [(kept, late) for _label, _value, _count, kept, late in shown]
    if rest:
        parts.append((sum(row[3] for row in rest), sum(row[4] for row in rest)))
    quiet = hidden(parts)
    rows = [
        Row(label, [lists.cell(count, f"{name}.{value}"), _promise(parts[place], is_hidden=place in quiet)])
        for place, (label, value, count, _kept, _late) in enumerate(shown)
    ]
    if rest:
        label = _("All others together")
        rows.append(Row(label, [Cell(str(sum(row[2] for row in rest))), _promise(parts[-1], is_hidden=len(shown) in quiet)]))
    note = _(
        "Rows of fewer than %(least)d requests are put together, and a promise is not shown where it would tell of fewer than "
        "%(least)d, nor another by which those could be found."
    )
    return Table(name, title, [head, _("Requests"), _("Promise kept")], rows, note % {"least": LEAST})


def _promise(parts: tuple[int, int], *, is_hidden: bool) -> Cell:
    return Cell(_("not shown")) if is_hidden else Cell(share(parts[0], sum(parts)))
