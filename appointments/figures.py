"""How well families are served: counts over requests, visits and earlier times, from plain columns alone, so that erasing changes none.

What is said of a request here (`promise`, `how` it stands) is asked in one place, by the page and by the lists it leads to.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from appointments.models import EarlierOffer, EarlierWish, OfferedTime, Request

LEAST = 5  # smaller numbers could tell of one family
STEPS = 14  # columns of the chart, at most
QUARTER = 15  # minutes; hours to the first contact are counted in quarters of an hour
KEPT, LATE = "kept", "late"
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
        return _midnight(self.first)

    @property
    def ends(self) -> datetime:
        return _midnight(self.last + timedelta(days=1))

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


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def described(rows: QuerySet[Request], now: datetime) -> QuerySet[Request]:
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
    return rows.with_end(now).annotate(promise=promise, how=how)  # type: ignore[attr-defined, no-any-return]


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

    requests: Counter[tuple[str, ...]]  # by (promise, how, ended by, mode)
    contact: Spread  # business hours to the first contact
    visits: Counter[tuple[Any, ...]]  # by (kind, days since the request, status, by video)

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
    """Everything that is counted of `rows` in one period and the one before. As many queries for one request as for a million."""

    def __init__(self, rows: QuerySet[Request], period: Period, now: datetime | None = None) -> None:
        self.rows, self.period, self.now = rows, period, now or timezone.now()
        self.periods = {True: period, False: period.before}
        self.received = described(rows, self.now).filter(Period(period.before.first, period.last).holds("received_at"))
        self._requests, self._contact, self._visits = self._count_requests(), self._count_contact(), self._count_visits()

    def tally(self, department: int | None = None, *, current: bool = True) -> Tally:
        def those(groups: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
            return (rest for own, now, *rest in groups if now == current and department in {None, own})

        requests, contact, visits = Counter[Any](), Counter[Any](), Counter[Any]()
        for *key, count in those(self._requests):
            requests[tuple(key)] += count
        for quarters, count in those(self._contact):
            contact[quarters * QUARTER / 60] += count
        for *key, count in those(self._visits):
            visits[tuple(key)] += count
        return Tally(requests, Spread(dict(contact)), visits)

    @property
    def departments(self) -> set[int]:
        return {group[0] for groups in (self._requests, self._visits) for group in groups}

    def _is_current(self, column: str) -> Case:
        return Case(When(**{f"{column}__gte": self.period.begins}, then=Value(1)), default=Value(0), output_field=IntegerField())

    def _groups(self, rows: QuerySet[Any], *keys: str) -> list[tuple[Any, ...]]:
        counted = rows.order_by().values_list(*keys).annotate(count=Count("pk"))
        return [(key[0], bool(key[1]), *key[2:]) for key in counted]

    def _count_requests(self) -> list[tuple[Any, ...]]:
        rows = self.received.annotate(current=self._is_current("received_at"))
        return self._groups(rows, "department", "current", "promise", "how", "end_by", "mode")

    def _count_contact(self) -> list[tuple[Any, ...]]:
        quarters = F("first_contact_minutes") / QUARTER
        rows = self.received.exclude(first_contact_minutes=None)
        rows = rows.annotate(current=self._is_current("received_at"), quarters=quarters)
        return self._groups(rows, "department", "current", "quarters")

    def _count_visits(self) -> list[tuple[Any, ...]]:
        """By the day of the visit, not of the request: those who asked lately have had no visit yet."""
        rows = self.visits().annotate(
            current=self._is_current("starts_at"),
            days=DaysBetween("starts_at", "request__received_at"),
            video=Case(When(location=None, then=Value(1)), default=Value(0), output_field=IntegerField()),
        )
        groups = self._groups(rows, "request__department", "current", "request__visit", "days", "status", "video")
        return [(*key, bool(video), count) for *key, video, count in groups]

    def visits(self) -> QuerySet[OfferedTime]:
        """Those whose hour has come, of both periods."""
        both = Period(self.period.before.first, self.period.last).holds("starts_at")
        return OfferedTime.objects.filter(both, starts_at__lt=self.now, status__in=VISITS, request__in=self.rows)

    def by_step(self) -> list[tuple[Period, int, int]]:
        """(week, promises kept, promises broken) of the period."""
        steps = self.period.steps
        place = Case(*(When(received_at__lt=step.ends, then=number) for number, step in enumerate(steps)), output_field=IntegerField())
        rows = self.received.filter(received_at__gte=self.period.begins).annotate(step=place)
        found = {(step, promise): count for step, promise, count in rows.order_by().values_list("step", "promise").annotate(Count("pk"))}
        return [(step, found.get((n, KEPT), 0), found.get((n, LATE), 0)) for n, step in enumerate(steps)]

    def by(self, column: str) -> list[tuple[Any, int, int, int]]:
        """(value, requests, promises kept, promises broken) of the period, by a column; the most first."""
        rows = self.received.filter(received_at__gte=self.period.begins).order_by()
        found: dict[Any, Counter[str]] = {}
        for value, promise, count in rows.values_list(column, "promise").annotate(Count("pk")):
            found.setdefault(value, Counter())[promise] += count
        counted = [(value, each.total(), each[KEPT], each[LATE]) for value, each in found.items()]
        return sorted(counted, key=lambda row: (-row[1], str(row[0])))

    def earlier(self) -> dict[bool, "Earlier"]:
        offers = EarlierOffer.objects.filter(request__in=self.rows)
        wishes = EarlierWish.objects.filter(request__in=self.rows)
        return {current: Earlier.of(offers, wishes, period) for current, period in self.periods.items()}


@dataclass(frozen=True)
class Earlier:
    """Families that began to wish for an earlier time in a period, hours offered in it, and what came of them."""

    wished: int
    sent: int
    days_won: Spread  # of those that were taken

    @classmethod
    def of(cls, offers: Any, wishes: Any, period: Period) -> "Earlier":
        taken = offers.filter(period.holds("at")).taken().annotate(days=DaysBetween("instead_of__starts_at", "time__starts_at"))
        days = Counter(taken.values_list("days", flat=True))
        return cls(wishes.filter(period.holds("since")).count(), offers.filter(period.holds("at")).count(), Spread(dict(days)))


def hidden(rows: list[tuple[int, ...]]) -> set[int]:
    """The places of the rows whose numbers must not be shown: those with a part below `LEAST`, and as many others, the smallest
    first, as keep anybody from finding them by subtraction.
    """
    found = {place for place, parts in enumerate(rows) if _is_small(parts)}
    others = sorted(set(range(len(rows))) - found, key=lambda place: (sum(rows[place]), place))
    while found and others and (len(found) == 1 or _is_small([sum(parts) for parts in zip(*(rows[n] for n in found), strict=True)])):
        found.add(others.pop(0))
    return found


def _is_small(parts: Iterable[int]) -> bool:
    return any(part < LEAST for part in parts)


def counted(rows: QuerySet[Request], figure: str, period: Period, now: datetime) -> QuerySet[Request] | None:
    """The requests that one number counts, by its name, like “promise.kept” or “visit.came”; None for an unknown name."""
    kind, _dot, value = figure.partition(".")
    if kind in {"visit", "earlier"}:
        return _with_visit(rows, value, period, now) if kind == "visit" else _with_offer(rows, value, period)
    received = described(rows, now).filter(period.holds("received_at"))
    if kind == "condition" and (value.isdecimal() or not value):
        return received.filter(condition=int(value) if value else None)
    columns = {"promise": "promise", "how": "how", "by": "end_by", "mode": "mode", "language": "site_language"}
    if kind in columns:
        return received.filter(**{columns[kind]: value})
    found = {"requests": Q(), "open": Q(how__in=[OPEN, AGREED]), "promised": ~Q(promise=""), "contact": Q(first_contact_at__isnull=False)}
    return received.filter(found[kind]) if kind in found and not value else None


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
    if value not in wanted:
        return None
    kinds = {"new": Q(visit=Request.Visit.NEW), "other": ~Q(visit=Request.Visit.NEW)}
    visits = OfferedTime.objects.filter(period.holds("starts_at"), wanted[value], starts_at__lt=now, status__in=VISITS)
    return rows.filter(Exists(visits.filter(request=OuterRef("pk"))), kinds.get(value, Q()))


def _with_offer(rows: QuerySet[Request], value: str, period: Period) -> QuerySet[Request] | None:
    offers = EarlierOffer.objects.filter(period.holds("at"))
    wishes = EarlierWish.objects.filter(period.holds("since"))
    found: dict[str, Any] = {"sent": offers, "taken": offers.taken(), "wished": wishes}
    return rows.filter(Exists(found[value].filter(request=OuterRef("pk")))) if value in found else None
