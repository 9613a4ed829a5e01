"""Rows stored by a statement that is worded once for its table: what is written on the way of every request.

`Model.save` words its statement anew for each row, which costs several times what the database takes to store it.
"""

from functools import lru_cache
from typing import Any

from django.db import connection, models


def insert(row: models.Model, *, unless: str = "") -> bool:
    """Stores a new row and gives it its number, in the caller's transaction. Sends no signals.

    `unless` names a unique column: if its value is there already, nothing is stored, nothing fails, and the answer is False.
    """
    fields, statement = _worded(type(row), unless)
    with connection.cursor() as cursor:
        cursor.execute(statement, [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])
        stored = cursor.fetchone()
    if stored is None:
        return False
    row.pk, row._state.adding, row._state.db = stored[0], False, connection.alias
    return True


@lru_cache
def _worded(model: type[models.Model], unless: str) -> "tuple[list[models.Field[Any, Any]], str]":
    meta, quoted = model._meta, connection.ops.quote_name
    fields = [field for field in meta.local_concrete_fields if not field.primary_key]
    names, marks = ", ".join(quoted(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
    conflict = f" ON CONFLICT ({quoted(unless)}) DO NOTHING" if unless else ""
    return fields, f"INSERT INTO {meta.db_table} ({names}) VALUES ({marks}){conflict} RETURNING {quoted(str(meta.pk.column))}"
