"""Questions that every page asks: their SQL is written once per process, and after that only filled in.

To build a queryset and write its SQL takes several times as long as the database takes to answer
(docs/decisions/0011-reading-cost.md).
"""

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.utils import timezone

Build = Callable[..., models.QuerySet[Any]]


@dataclass(frozen=True)
class _Written:
    """The SQL of a queryset on one kind of database; `slots` says which of its parameters are to be filled with what."""

    queryset: models.QuerySet[Any]
    compiler: Any
    sql: str
    params: tuple[Any, ...]
    slots: tuple[tuple[int, str], ...]
    converters: dict[int, Any]


class _Asked:
    """Stands for a query that needs not be written any more."""

    def __init__(self, query: Any, compiler: Any) -> None:
        self.query, self.compiler = query, compiler

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        return self.compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self.query, name)


class Prepared:
    """A queryset, made by `build` from named values, that is asked by a call with these values.

    The values are str, int, date or datetime and reach the SQL as they are: ValueError for one that does not. A datetime
    may also stand there as its day on the site's calendar. `build` runs once and with stand-ins, so it may not look at the
    clock, the language or anything else that can change: what an answer rests on is one of the values.
    """

    def __init__(self, build: Build) -> None:
        self.build = build
        self.written: dict[str, _Written] = {}

    def __call__(self, **values: Any) -> list[Any]:
        """The rows, in the queryset's own form. Nothing is prefetched."""
        connection = connections[DEFAULT_DB_ALIAS]
        written = self.written.get(connection.vendor)
        if written is None:
            written = self.written[connection.vendor] = _write(self.build, values, connection)
        params, filled = list(written.params), _by_place(values, connection)
        for place, name in written.slots:
            params[place] = filled[name]
        compiler = copy(written.compiler)
        compiler.connection, compiler.as_sql = connection, lambda: (written.sql, params)
        compiler.get_converters = lambda expressions: written.converters
        asked: Any = _Asked(written.queryset.query, compiler)
        form: Any = written.queryset
        rows: Any = models.QuerySet(form.model, asked, DEFAULT_DB_ALIAS)
        rows._iterable_class, rows._fields = form._iterable_class, form._fields  # noqa: SLF001 (a clone would copy the query)
        return list(rows)


def _write(build: Build, values: dict[str, Any], connection: Any) -> _Written:
    stand_ins = {name: _stand_in(value, place) for place, (name, value) in enumerate(values.items())}
    queryset = build(**stand_ins)
    compiler = queryset.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    names = {value: name for name, value in _by_place(stand_ins, connection).items()}
    slots = tuple((place, names[value]) for place, value in enumerate(params) if value in names)
    unused = set(values) - {name.removesuffix(" day") for _place, name in slots}
    if unused:
        raise ValueError(f"These values do not reach the question: {', '.join(sorted(unused))}.")
    converters = compiler.get_converters([column for column, *_rest in compiler.select])
    return _Written(queryset, compiler, sql, tuple(params), slots, converters)


def _stand_in(value: Any, place: int) -> Any:
    """A value of the same type that no question has."""
    if isinstance(value, datetime):
        return datetime(1800, 1, 1, 12, tzinfo=UTC) + timedelta(days=10 * place)
    if isinstance(value, date):
        return date(1700, 1, 1) + timedelta(days=place)
    return 10**15 + place if isinstance(value, int) else f"stand-in {place}"


def _by_place(values: dict[str, Any], connection: Any) -> dict[str, Any]:
    """The values as the database takes them, by the name of what they fill."""
    filled = {}
    for name, value in values.items():
        if isinstance(value, datetime):
            filled[name] = connection.ops.adapt_datetimefield_value(value)
            filled[f"{name} day"] = connection.ops.adapt_datefield_value(timezone.localdate(value))
        else:
            filled[name] = connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
    return filled


def attach(row: models.Model, relation: str, found: Iterable[Any]) -> None:
    """Makes `row.<relation>.all()` answer with what was fetched, as prefetching does; parts of rows will do."""
    known: Any = models.QuerySet(row._meta.get_field(relation).related_model)
    known._result_cache, known._prefetch_done = list(found), True  # noqa: SLF001 (nothing public puts rows there)
    row.__dict__.setdefault("_prefetched_objects_cache", {})[relation] = known
