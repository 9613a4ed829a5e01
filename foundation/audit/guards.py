"""Triggers with which the database itself refuses a change or keeps count; the same rule on SQLite and PostgreSQL.

Used by migrations. A later migration that alters a guarded table must install its guards again: SQLite rebuilds the
table and drops them. `event` is INSERT, UPDATE or DELETE; `when` is SQL over OLD and NEW, where both databases understand
`IS DISTINCT FROM`.
"""

from typing import Any


def refuse(schema_editor: Any, *, name: str, table: str, event: str, when: str, message: str) -> None:
    """Makes `event` on a row of `table` fail with `message` where `when` holds. The failure is an IntegrityError."""
    if schema_editor.connection.vendor == "sqlite":
        _sqlite(schema_editor, name, f"BEFORE {event} ON {table}", when, f"SELECT RAISE(ABORT, '{message}')")
        return
    raises = f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'"
    row = "OLD" if event == "DELETE" else "NEW"
    _postgresql(schema_editor, name, f"BEFORE {event} ON {table}", f"IF {when} THEN {raises}; END IF; RETURN {row};")


def refuse_truncate(schema_editor: Any, *, table: str, message: str) -> None:
    """SQLite knows no TRUNCATE; its DELETE without a condition asks the guards of DELETE."""
    if schema_editor.connection.vendor == "postgresql":
        raises = f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'"
        _function(schema_editor, f"{table}_no_truncate", f"{raises};")
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {table}_no_truncate()"
        )


def follow(schema_editor: Any, *, name: str, table: str, event: str, when: str, then: str) -> None:
    """Makes every `event` on a row of `table` where `when` holds do `then` (one SQL statement over OLD, NEW) as well."""
    if schema_editor.connection.vendor == "sqlite":
        _sqlite(schema_editor, name, f"AFTER {event} ON {table}", when, then)
        return
    _postgresql(schema_editor, name, f"AFTER {event} ON {table}", f"IF {when} THEN {then}; END IF; RETURN NULL;")


def _sqlite(schema_editor: Any, name: str, moment: str, when: str, then: str) -> None:
    condition = when.replace("IS DISTINCT FROM", "IS NOT")
    schema_editor.execute(f"CREATE TRIGGER {name} {moment} FOR EACH ROW WHEN {condition} BEGIN {then}; END")


def _postgresql(schema_editor: Any, name: str, moment: str, body: str) -> None:
    _function(schema_editor, name, body)
    schema_editor.execute(f"CREATE TRIGGER {name} {moment} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _function(schema_editor: Any, name: str, body: str) -> None:
    schema_editor.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
