"""Rows stored, found and removed by statements that are worded once for their table: what is done on the way of every request.

The ORM words its statement anew each time, which costs several times what the database takes to answer it.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

Row = TypeVar("Row", bound=models.Model)
Statement = tuple[str, Sequence[Any]]  # and its values
AS_IT_IS = {models.CharField, models.TextField}  # what they hold, they store; none that only derives from them


def insert(row: models.Model, *, unless: str = "", after: Iterable[Statement] = ()) -> bool:
    """Stores a new row and gives it its number, in the caller's transaction. Sends no signals.

    `unless` names a unique column: if its value is there already, nothing is stored, nothing fails, and the answer is False.
    The statements `after` which it is stored are run with it (see `together`).
    """
    statement, values = inserting(row)
    conflict = f" ON CONFLICT ({unless}) DO NOTHING" if unless else ""
    stored = together([*after, (f"{statement}{conflict} RETURNING {row._meta.pk.column}", values)])[-1]
    if not stored:
        return False
    row.pk, row._state.adding, row._state.db = stored[0][0], False, DEFAULT_DB_ALIAS
    return True


def inserting(row: models.Model) -> Statement:
    """The statement that stores a new row, and its values. Sends no signals; the row does not learn its number."""
    fields, statement = _insert(type(row))
    own = connections[DEFAULT_DB_ALIAS]  # `connection` looks it up anew for each of its attributes
    values = [field.pre_save(row, True) for field in fields]
    return statement, [
        value if type(value) is str and type(field) in AS_IT_IS else field.get_db_prep_save(value, own)
        for field, value in zip(fields, values, strict=True)
    ]


def together(statements: Iterable[Statement]) -> list[list[tuple[Any, ...]]]:
    """Runs statements in the caller's transaction, on PostgreSQL in one journey to the server. The rows that each answers."""
    parts, own = list(statements), connections[DEFAULT_DB_ALIAS]
    if not parts:
        return []
    with own.cursor() as cursor:
        if own.vendor == "postgresql":  # values are bound on this side (Django's default), so one text may be several
            cursor.execute(";".join(sql for sql, _values in parts), [value for _sql, values in parts for value in values])
            return [part.fetchall() if part.description else [] for part in cursor.cursor.results()]
        return [cursor.execute(*part).fetchall() for part in parts]


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
def _insert(model: type[models.Model]) -> "tuple[list[models.Field[Any, Any]], str]":
    meta, quoted = model._meta, connection.ops.quote_name
    fields = [field for field in meta.local_concrete_fields if not field.primary_key]
    names, marks = ", ".join(quoted(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
    return fields, f"INSERT INTO {meta.db_table} ({names}) VALUES ({marks})"


@lru_cache
def _find(model: type[models.Model], column: str, locked: bool) -> tuple[str, list[str], dict[int, Any]]:
    """As the ORM words it, and what it does to the values of this database."""
    rows: Any = model._base_manager.filter(**{column: ""}).order_by()
    compiler = (rows.select_for_update() if locked else rows).query.get_compiler(connection=connection)
    statement, _values = compiler.as_sql()
    names = [field.attname for field in model._meta.concrete_fields]
    return statement, names, compiler.get_converters([expression for expression, _sql, _alias in compiler.select])
