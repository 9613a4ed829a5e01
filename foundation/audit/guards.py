"""Triggers with which the database itself refuses a change or keeps count; the same rule on SQLite and PostgreSQL.

Used by migrations. A later migration that alters a guarded table must install its guards again: SQLite rebuilds the
table and drops them.
"""

from typing import Any


def refuse(schema_editor: Any, *, name: str, table: str, event: str, when: str, message: str) -> None:
    """Makes `event` (INSERT, UPDATE or DELETE) on a row of `table` fail with `message` where `when` (SQL over OLD, NEW) holds.

    The failure is an IntegrityError. `IS DISTINCT FROM` in `when` is understood by both databases.
    """
    if schema_editor.connection.vendor == "sqlite":
        condition = when.replace("IS DISTINCT FROM", "IS NOT")
        schema_editor.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    row = "OLD" if event == "DELETE" else "NEW"
    schema_editor.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN "
        f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
    )
    schema_editor.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def follow(schema_editor: Any, *, name: str, table: str, event: str, when: str, then: str) -> None:
    """Makes every `event` on a row of `table` where `when` holds do `then` (one SQL statement over OLD, NEW) as well."""
    if schema_editor.connection.vendor == "sqlite":
        condition = when.replace("IS DISTINCT FROM", "IS NOT")
        schema_editor.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW WHEN {condition} BEGIN {then}; END"
        )
        return
    schema_editor.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN {then}; END IF; RETURN NULL; END $$"
    )
    schema_editor.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def lift(schema_editor: Any, *, name: str, table: str) -> None:
    """Removes what `refuse` or `follow` made, for going back a migration."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
    else:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {name}()")
