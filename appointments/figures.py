"""How well families are served: counts over requests, visits and earlier times, from plain columns alone, so that erasing changes none.

What is said of a request here (`promise`, `how` it stands) is asked in one place, by the page and by the lists it leads to.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from appointments.models import EarlierOffer, EarlierWish, OfferedTime, Request
from foundation.prose.days import midnight

LEAST = 5  # smaller numbers could tell of one family
STEPS = 14  # columns of the chart, at most
QUARTER = 15  # minutes; hours to the first contact are counted in quarters of an hour
KEPT, LATE = "kept", "late"
PARTS = ["step", "condition", "language"]
AGREED, OPEN = "agreed", "open"
Time = OfferedTime.Status
VISITS = [Time.CONFIRMED, Time.CAME, Time.MISSED, Time.OVER]


@dataclass(frozen=True)
class Period:
    """Whole days on the site's clock, both included."""

    first: date
    last: date

    @classmethod
    def of_days(cls, days: int, last: date) -> "Period":
        return cls(last - timedelta(days=days - 1), last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        return Period.of_days(self.days, self.first - timedelta(days=1))

    @property
    def begins(self) -> datetime:
        return midnight(self.first)

    @property
    def ends(self) -> datetime:
        return midnight(self.last + timedelta(days=1))

    def holds(self, column: str) -> Q:
        return Q(**{f"{column}__gte": self.begins, f"{column}__lt": self.ends})

    @property
    def steps(self) -> list["Period"]:
        """Weeks, or as many weeks together as make at most `STEPS`; the last may be shorter."""
        length = timedelta(days=7 * -(-self.days // (7 * STEPS)))
        firsts = [self.first]
        while firsts[-1] + length <= self.last:
            firsts.append(firsts[-1] + length)
        return [Period(a, b - timedelta(days=1)) for a, b in pairwise([*firsts, self.last + timedelta(days=1)])]


def described(rows: QuerySet[Request], now: datetime) -> QuerySet[Any]:
    """With `promise` (kept, late, or "" while neither) and `how` it stands: a reason for closing, a visit agreed, or open.

    A promise that nobody had the time to keep, since the request was closed before, is neither.
    """
    was_open = Q(closed_at=None) | Q(closed_at__gt=F("first_promise_at"))
    waited = Q(first_contact_at=None, first_promise_at__lt=now) & was_open
    promise = Case(
        When(first_contact_at__lte=F("first_promise_at"), then=Value(KEPT)),
        When(Q(first_contact_at__gt=F("first_promise_at")) | waited, then=Value(LATE)),
        default=Value(""),
        output_field=CharField(),
    )
    how = Case(
        When(~Q(end_reason=""), then=F("end_reason")),
        When(status=Request.Status.CONFIRMED, then=Value(AGREED)),
        default=Value(OPEN),
        output_field=CharField(),
    )
    return rows.with_end(now).annotate(promise=promise, how=how)  # type: ignore[attr-defined]


class DaysBetween(Func):
    """Whole days from one moment to a later one."""

    output_field = IntegerField()
    arity = 2

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=") - julianday(", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "FLOOR(EXTRACT(EPOCH FROM (%(expressions)s)) / 86400)::integer"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **context)


@dataclass(frozen=True)
class Spread:
    """Values with how often each came. Half of them, and nine of ten, are no greater than `half` and `nine_of_ten`."""

    counts: dict[float, int]

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    @property
    def half(self) -> float | None:
        return self._within(0.5)

    @property
    def nine_of_ten(self) -> float | None:
        return self._within(0.9)

    @property
    def upper_half(self) -> float | None:
        """Half of them are no smaller."""
        half = Spread({-value: count for value, count in self.counts.items()}).half
        return None if half is None else -half

    def _within(self, share: float) -> float | None:
        wanted, seen = share * self.count, 0
        for value in sorted(self.counts):
            seen += self.counts[value]
            if seen >= wanted:
                return value
        return None


@dataclass(frozen=True)
class Tally:
    """What was counted of one department, or of all, in one period."""

    requests: Counter[tuple[Any, ...]] = field(default_factory=Counter)  # by (promise, how, ended by, mode)
    contact: Counter[tuple[Any, ...]] = field(default_factory=Counter)  # by whole quarters of business hours
    visits: Counter[tuple[Any, ...]] = field(default_factory=Counter)  # by (kind, days since the request, status, by video)
    given_up: Counter[tuple[Any, ...]] = field(default_factory=Counter)  # less than a day before, by whom

    @classmethod
    def of(cls, parts: list["Tally"]) -> "Tally":
        whole = cls()
        for part in parts:
            for name in ("requests", "contact", "visits", "given_up"):
                getattr(whole, name).update(getattr(part, name))
        return whole

    @property
    def hours(self) -> Spread:
        """Business hours within which the first contact came."""
        return Spread({(quarters + 1) * QUARTER / 60: count for (quarters,), count in self.contact.items()})

    def total(self, **wanted: str) -> int:
        """Of requests with these answers."""
        places = {"promise": 0, "how": 1, "by": 2, "mode": 3}
        pairs = [(places[name], value) for name, value in wanted.items()]
        return sum(count for key, count in self.requests.items() if all(key[place] == value for place, value in pairs))

    @property
    def kept(self) -> int:
        return self.total(promise=KEPT)

    @property
    def promised(self) -> int:
        return self.kept + self.total(promise=LATE)

    @property
    def open(self) -> int:
        return self.total(how=OPEN) + self.total(how=AGREED)

    def days(self, *, new: bool) -> Spread:
        """From request to visit, of visits that did not fail to take place as far as is known."""
        counts: Counter[float] = Counter()
        for (kind, days, status, _video), count in self.visits.items():
            if (kind == Request.Visit.NEW) == new and status != Time.MISSED:
                counts[days] += count
        return Spread(dict(counts))

    def visited(self, *statuses: str, video: bool | None = None) -> int:
        wanted = statuses or VISITS
        return sum(
            count
            for (_kind, _days, status, by_video), count in self.visits.items()
            if status in wanted and (video is None or by_video == video)
        )


class Figures:
    """Everything that is counted of some departments in one period and the one before. As many queries for one request as for a million."""

    def __init__(self, departments: list[int], period: Period, now: datetime | None = None) -> None:
        self.own, self.period, self.now = departments, period, now or timezone.now()
        self.both = Period(period.before.first, period.last)
        rows = Request.objects.filter(department__in=departments)
        self.received = described(rows, self.now).filter(self.both.holds("received_at"))
        self._tallies, self._parts, self.earlier = self._tally(), self._count_parts(), self._count_earlier()

    def tally(self, department: int | None = None, *, current: bool = True) -> Tally:
        """Of one department, or of all."""
        own = [tally for (pk, now), tally in self._tallies.items() if now == current and department in {None, pk}]
        return Tally.of(own)

    def _tally(self) -> dict[tuple[int, bool], Tally]:
        found: dict[tuple[int, bool], Tally] = {}
        for name, counted in self._count().items():
            for department, current, *key, count in counted:
                counter = getattr(found.setdefault((department, current), Tally()), name)
                counter[tuple(key)] += count
        return found

    def _count(self) -> dict[str, list[tuple[Any, ...]]]:
        """(department, current, … the key, count) by its name in `Tally`.

        Visits count by their day, not by that of the request: those who asked lately have had no visit yet.
        """
        own = "request__department"
        received = self.received.annotate(current=self._is_current("received_at"))
        contact = received.exclude(first_contact_minutes=None).annotate(quarters=F("first_contact_minutes") / QUARTER)
        times = OfferedTime.objects.filter(self.both.holds("starts_at"), request__department__in=self.own)
        times = times.annotate(current=self._is_current("starts_at"))
        visits = times.filter(starts_at__lt=self.now, status__in=VISITS).annotate(
            days=DaysBetween("starts_at", "request__received_at"),
            video=Case(When(location=None, then=Value(1)), default=Value(0), output_field=IntegerField()),
        )
        visited = self._groups(visits, own, "current", "request__visit", "days", "status", "video")
        return {
            "requests": self._groups(received, "department", "current", "promise", "how", "end_by", "mode"),
            "contact": self._groups(contact, "department", "current", "quarters"),
            "visits": [(*key, bool(video), count) for *key, video, count in visited],
            "given_up": self._groups(times.given_up_late(), own, "current", "ended_by"),
        }

    def _is_current(self, column: str) -> Case:
        return Case(
            When(**{f"{column}__gte": self.period.begins}, then=Value(1)), default=Value(0), output_field=IntegerField()
        )

    def _groups(self, rows: QuerySet[Any], *keys: str) -> list[tuple[Any, ...]]:
        counted = rows.order_by().values_list(*keys).annotate(count=Count("*"))
        return [(key[0], bool(key[1]), *key[2:]) for key in counted]

    def _count_parts(self) -> list[tuple[Any, ...]]:
        """(step, condition, language, promise, requests) of the period."""
        whens = [When(received_at__lt=step.ends, then=number) for number, step in enumerate(self.period.steps)]
        rows = self.received.filter(received_at__gte=self.period.begins)
        rows = rows.annotate(step=Case(*whens, output_field=IntegerField())).order_by()
        return list(rows.values_list("step", "condition", "site_language", "promise").annotate(count=Count("*")))

    def by_step(self) -> list[tuple[Period, int, int]]:
        """(week, promises kept, promises broken) of the period."""
        found = self._by(0)
        return [
            (step, found[n][KEPT], found[n][LATE]) if n in found else (step, 0, 0) for n, step in enumerate(self.period.steps)
        ]

    def by(self, column: str) -> list[tuple[Any, int, int, int]]:
        """(value, requests, promises kept, promises broken) of the period, by condition or language; the most first."""
        found = self._by(PARTS.index(column))
        counted = [(value, each.total(), each[KEPT], each[LATE]) for value, each in found.items()]
        return sorted(counted, key=lambda row: (-row[1], str(row[0])))

    def _by(self, place: int) -> dict[Any, Counter[str]]:
        found: dict[Any, Counter[str]] = {}
        for *values, promise, count in self._parts:
            found.setdefault(values[place], Counter())[promise] += count
        return found

    def _count_earlier(self) -> dict[bool, "Earlier"]:
        days = DaysBetween("instead_of__starts_at", "time__starts_at")
        offers = EarlierOffer.objects.filter(self.both.holds("at"), request__department__in=self.own).with_taken()
        sent = self._groups(offers.annotate(current=self._is_current("at"), days=days), "is_taken", "current", "days")
        wishes = EarlierWish.objects.filter(self.both.holds("since"), request__department__in=self.own)
        wished = dict(wishes.annotate(current=self._is_current("since")).values_list("current").annotate(count=Count("*")))
        return {
            current: Earlier(
                wished.get(int(current), 0),
                sum(count for _taken, now, _days, count in sent if now == current),
                Spread({days: count for taken, now, days, count in sent if taken and now == current}),
            )
            for current in (True, False)
        }


@dataclass(frozen=True)
class Earlier:
    """Families that began to wish for an earlier time in a period, hours offered in it, and what came of them."""

    wished: int
    sent: int
    days_won: Spread  # of those that were taken


def hidden(rows: Sequence[tuple[int, ...]]) -> set[int]:
    """The places of the rows whose numbers must not be shown: with a part below `LEAST`, and those by which it could be found.

    One alone is found by subtraction, and so are several whose sum is small: the smallest others are hidden with them.
    """
    found = {place for place, parts in enumerate(rows) if _is_small(parts)}
    others = sorted(set(range(len(rows))) - found, key=lambda place: (sum(rows[place]), place))
    while (
        found
        and others
        and (len(found) == 1 or _is_small([sum(parts) for parts in zip(*(rows[n] for n in found), strict=True)]))
    ):
        found.add(others.pop(0))
    return found


def _is_small(parts: Iterable[int]) -> bool:
    return any(part < LEAST for part in parts)


def counted(rows: QuerySet[Request], figure: str, period: Period, now: datetime) -> QuerySet[Request] | None:
    """The requests that one number counts, by its name, like “promise.kept”, “visit.came”, or several with a comma; None for an unknown one."""
    for part in figure.split(","):
        kind, _dot, value = part.partition(".")
        find = FIGURES.get(kind)
        found = find(rows, value, period, now) if find else None
        if found is None:
            return None
        rows = found
    return rows


def _received(narrow: Callable[[QuerySet[Any], str], QuerySet[Any]]) -> "Find":
    """Of the requests that came in the period."""
    return lambda rows, value, period, now: narrow(described(rows, now).filter(period.holds("received_at")), value)


def _with_answer(column: str) -> "Find":
    return _received(lambda rows, value: rows.filter(**{column: value}))


def _contacted(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    """With `value` like “240-480”: business minutes, the upper end not included."""
    low, _dash, high = value.partition("-")
    bounds = {f"first_contact_minutes__{end}": int(text) for end, text in (("gte", low), ("lt", high)) if text.isdecimal()}
    return rows.exclude(first_contact_minutes=None).filter(**bounds)


def _with_visit(rows: QuerySet[Request], value: str, period: Period, now: datetime) -> QuerySet[Request] | None:
    wanted = {
        "all": Q(),
        "new": ~Q(status=Time.MISSED),
        "other": ~Q(status=Time.MISSED),
        "came": Q(status=Time.CAME),
        "missed": Q(status=Time.MISSED),
        "unsaid": Q(status__in=[Time.CONFIRMED, Time.OVER]),
        "video": Q(location=None),
    }
    if value not in {*wanted, "late"}:
        return None
    if value == "late":
        late = OfferedTime.objects.given_up_late().filter(period.holds("starts_at"), request=OuterRef("pk"))
        return rows.filter(Exists(late))
    kinds = {"new": Q(visit=Request.Visit.NEW), "other": ~Q(visit=Request.Visit.NEW)}
    visits = OfferedTime.objects.filter(period.holds("starts_at"), wanted[value], starts_at__lt=now, status__in=VISITS)
    return rows.filter(Exists(visits.filter(request=OuterRef("pk"))), kinds.get(value, Q()))


def _with_offer(rows: QuerySet[Request], value: str, period: Period, now: datetime) -> QuerySet[Request] | None:
    offers = EarlierOffer.objects.filter(period.holds("at"))
    wishes = EarlierWish.objects.filter(period.holds("since"))
    found: dict[str, Any] = {"sent": offers, "taken": offers.taken(), "wished": wishes}
    return rows.filter(Exists(found[value].filter(request=OuterRef("pk")))) if value in found else None


Find = Callable[[QuerySet[Request], str, Period, datetime], QuerySet[Request] | None]
FIGURES: dict[str, Find] = {
    "requests": _received(lambda rows, value: rows),
    "open": _received(lambda rows, value: rows.filter(how__in=[OPEN, AGREED])),
    "promised": _received(lambda rows, value: rows.exclude(promise="")),
    "promise": _with_answer("promise"),
    "how": _with_answer("how"),
    "by": _with_answer("end_by"),
    "mode": _with_answer("mode"),
    "language": _with_answer("site_language"),
    "contact": _received(_contacted),
    "condition": _received(lambda rows, value: rows.filter(condition=int(value) if value.isdecimal() else None)),
    "visit": _with_visit,
    "earlier": _with_offer,
}
