"""Questions that every page asks: their SQL is written once per process, and after that only filled in.

To build a queryset and write its SQL takes several times as long as the database takes to answer
(docs/decisions/0011-reading-cost.md).
"""

import re
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.utils import timezone

PLACE = re.compile(r"(?<!%)%s")  # of a value, in Django's SQL
Build = Callable[..., models.QuerySet[Any]]


@dataclass(frozen=True)
class _Written:
    """The SQL of a queryset on one kind of database: `texts` with a value between each two, the one that `names` names."""

    queryset: models.QuerySet[Any]
    compiler: Any
    texts: list[str]
    names: list[str]
    converters: dict[int, Any]

    def filled(self, values: dict[str, Any], connection: Any) -> tuple[str, list[Any] | None]:
        """The SQL, and its parameters if it has any left."""
        known = _by_name(values, connection)
        if connection.vendor != "postgresql":
            return "%s".join(text.replace("%", "%%") for text in self.texts), [known[name] for name in self.names]
        from psycopg.sql import quote  # 9 MB that SQLite needs not

        connection.ensure_connection()  # psycopg quotes each value once; left to itself each time it stands there, and reads all of the SQL
        quoted = {name: quote(value, connection.connection) for name, value in known.items()}
        return "".join(chain(*zip(self.texts, [*(quoted[name] for name in self.names), ""], strict=True))), None

    def rows(self, found: list[tuple[Any, ...]], connection: Any) -> list[Any]:
        """What the database answered, in the queryset's own form."""
        compiler = copy(self.compiler)
        compiler.connection, compiler.execute_sql = connection, lambda *args, **more: [found]
        compiler.get_converters = lambda expressions: self.converters
        asked: Any = _Asked(self.queryset.query, compiler)
        form: Any = self.queryset
        rows: Any = models.QuerySet(form.model, asked, DEFAULT_DB_ALIAS)
        rows._iterable_class, rows._fields = form._iterable_class, form._fields  # noqa: SLF001 (a clone would copy the query)
        return list(rows)


class _Asked:
    """Stands for a query that was asked already."""

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
        return ask((self, values))[0]

    def on(self, connection: Any, values: dict[str, Any]) -> _Written:
        """As it is written for this kind of database."""
        if connection.vendor not in self.written:
            self.written[connection.vendor] = _write(self.build, values, connection)
        return self.written[connection.vendor]


def ask(*questions: tuple[Prepared, dict[str, Any]]) -> list[list[Any]]:
    """The rows that answer each question with its values; of PostgreSQL all are asked in one journey."""
    connection = connections[DEFAULT_DB_ALIAS]
    written = [prepared.on(connection, values) for prepared, values in questions]
    filled = [each.filled(values, connection) for each, (_prepared, values) in zip(written, questions, strict=True)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(";".join(sql for sql, _none in filled))
            found = [answer.fetchall() for answer in cursor.cursor.results()]
        else:
            found = [cursor.execute(sql, params).fetchall() for sql, params in filled]
    return [each.rows(rows, connection) for each, rows in zip(written, found, strict=True)]


def _write(build: Build, values: dict[str, Any], connection: Any) -> _Written:
    stand_ins = {name: _stand_in(value, place) for place, (name, value) in enumerate(values.items())}
    queryset = build(**stand_ins)
    compiler = queryset.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    named = {value: name for name, value in _by_name(stand_ins, connection).items()}
    unused = set(values) - {named[value].removesuffix(" day") for value in params if value in named}
    if unused:
        raise ValueError(f"These values do not reach the question: {', '.join(sorted(unused))}.")
    first, *rest = (text.replace("%%", "%") for text in PLACE.split(sql))
    texts, names = [first], []
    for value, text in zip(params, rest, strict=True):
        if value in named:
            names.append(named[value])
            texts.append(text)
        else:
            texts[-1] += _constant(value) + text
    converters = compiler.get_converters([column for column, *_rest in compiler.select])
    return _Written(queryset, compiler, texts, names, converters)


def _constant(value: Any) -> str:
    """What is the same for every reader, as it stands in SQL. Raises ValueError for another than text, whole number, yes or no."""
    if isinstance(value, str):
        return "'" + str(value).replace("'", "''") + "'"
    if isinstance(value, int):
        return str(value).upper() if isinstance(value, bool) else str(int(value))
    raise ValueError(f"Make {value!r} one of the values of the question.")


def _stand_in(value: Any, place: int) -> Any:
    """A value of the same type that no question has."""
    if isinstance(value, datetime):
        return datetime(1800, 1, 1, 12, tzinfo=UTC) + timedelta(days=10 * place)
    if isinstance(value, date):
        return date(1700, 1, 1) + timedelta(days=place)
    return 10**15 + place if isinstance(value, int) else f"stand-in {place}"


def _by_name(values: dict[str, Any], connection: Any) -> dict[str, Any]:
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
