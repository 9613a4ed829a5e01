"""Rows stored, found and removed by statements that are worded once for their table: what is done on the way of every request.

The ORM words its statement anew each time, which costs several times what the database takes to answer it.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

Row = TypeVar("Row", bound=models.Model)
Statement = tuple[str, Sequence[Any]]  # and its values


def insert(row: models.Model, *, unless: str = "", after: Iterable[Statement] = ()) -> bool:
    """Stores a new row and gives it its number, in the caller's transaction. Sends no signals.

    `unless` names a unique column: if its value is there already, nothing is stored, nothing fails, and the answer is False.
    The statements `after` which it is stored are run with it (see `together`).
    """
    stored = together([*after, inserting(row, unless)])
    if stored is None:
        return False
    row.pk, row._state.adding, row._state.db = stored[0], False, connection.alias
    return True


def inserting(row: models.Model, unless: str = "") -> Statement:
    """The statement of `insert` and its values."""
    fields, statement = _insert(type(row), unless)
    own = connections[DEFAULT_DB_ALIAS]  # `connection` looks it up anew for each of its attributes
    return statement, [field.get_db_prep_save(field.pre_save(row, True), own) for field in fields]


def together(statements: Iterable[Statement]) -> Any:
    """Runs statements in the caller's transaction, on PostgreSQL in one journey to the server: the first row of the last, or None."""
    parts = list(statements)
    if connection.vendor == "postgresql":  # values are bound on this side (Django's default), so one text may be several
        parts = [(";".join(sql for sql, _values in parts), [value for _sql, values in parts for value in values])]
    with connection.cursor() as cursor:
        for sql, values in parts:
            cursor.execute(sql, values)
        while connection.vendor == "postgresql" and cursor.nextset():
            pass
        return cursor.fetchone() if cursor.description else None


def find(model: type[Row], *, locked: bool = False, **unique: str) -> Row | None:
    """The row with this value in a unique text column, or None. `locked` holds it until the transaction ends."""
    ((column, value),) = unique.items()
    statement, names, converters = _find(model, column, locked)
    with connection.cursor() as cursor:
        cursor.execute(statement, [value])
        found = cursor.fetchone()
    if found is None:
        return None
    values = list(found)
    for place, (convert, expression) in converters.items():
        for converter in convert:
            values[place] = converter(values[place], expression, connection)
    return model.from_db(connection.alias, names, values)


def removing(row: models.Model) -> Statement:
    """The statement that deletes a row to which no other leads, and its value. Sends no signals."""
    return f"DELETE FROM {row._meta.db_table} WHERE {row._meta.pk.column} = %s", [row.pk]


@lru_cache
def _insert(model: type[models.Model], unless: str) -> "tuple[list[models.Field[Any, Any]], str]":
    meta, quoted = model._meta, connection.ops.quote_name
    fields = [field for field in meta.local_concrete_fields if not field.primary_key]
    names, marks = ", ".join(quoted(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
    conflict = f" ON CONFLICT ({quoted(unless)}) DO NOTHING" if unless else ""
    return fields, f"INSERT INTO {meta.db_table} ({names}) VALUES ({marks}){conflict} RETURNING {quoted(str(meta.pk.column))}"


@lru_cache
def _find(model: type[models.Model], column: str, locked: bool) -> tuple[str, list[str], dict[int, Any]]:
    """As the ORM words it, and what it does to the values of this database."""
    rows: Any = model._base_manager.filter(**{column: ""}).order_by()
    compiler = (rows.select_for_update() if locked else rows).query.get_compiler(connection=connection)
    statement, _values = compiler.as_sql()
    names = [field.attname for field in model._meta.concrete_fields]
    return statement, names, compiler.get_converters([expression for expression, _sql, _alias in compiler.select])
