"""Triggers with which the database itself raises `ContentVersion` whenever something changes that a reader could see.

They are put in place after each `migrate`, and taken away before it: SQLite drops the triggers of a table that a migration
rebuilds, and PostgreSQL alters no table that has deferred ones waiting.
"""

import hashlib
from typing import Any

from django.db import connections, transaction

from foundation.pages.registry import registered

RAISE = (
    "INSERT INTO pagecache_contentversion (id, number) VALUES (1, 1) "
    "ON CONFLICT (id) DO UPDATE SET number = pagecache_contentversion.number + 1"
)
# At the end of the transaction and once in it, so that the one row that everybody raises is locked last and briefly.
FUNCTION = f"""CREATE OR REPLACE FUNCTION content_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF coalesce(current_setting('portal.raised', true), '') <> txid_current()::text THEN
{RAISE}; PERFORM set_config('portal.raised', txid_current()::text, true);
END IF; RETURN NULL; END $$"""


def put_in_place(*, using: str, **_signal: Any) -> None:
    """After `migrate`: every trigger whose table is there. The number grows as well, for what migrations changed."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if "pagecache_contentversion" not in tables:
        return
    wanted = _triggers(connection.vendor, tables)
    with transaction.atomic(using=using), connection.cursor() as cursor:
        found = _found(connection.vendor, cursor)
        _drop(connection.vendor, cursor, {name: table for name, table in found.items() if name not in wanted})
        if connection.vendor == "postgresql":
            cursor.execute(FUNCTION)
        for name, statement in wanted.items():
            if name not in found:
                cursor.execute(statement)
        cursor.execute(RAISE)


def take_away(*, using: str, plan: list[Any], **_signal: Any) -> None:
    """Before `migrate`, if it has something to do. Each by itself: PostgreSQL lets nobody read a table while one is dropped."""
    if plan:
        with connections[using].cursor() as cursor:
            _drop(connections[using].vendor, cursor, _found(connections[using].vendor, cursor))


def _triggers(vendor: str, tables: list[str]) -> dict[str, str]:
    """The statements that make them, by name. The name tells what stands in it, so that one that changed is made anew."""
    made = {}
    for public in registered():
        table = public.model._meta.db_table
        for event, rows in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"])):
            when = f" WHEN ({' OR '.join(public.only.format(row=row) for row in rows)})" if public.only else ""
            name = f"seen_{hashlib.sha256(f'{table} {event}{when}'.encode()).hexdigest()[:16]}"
            if vendor == "sqlite":
                made[name] = f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW{when} BEGIN {RAISE}; END"
            else:
                made[name] = (
                    f"CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED "
                    f"FOR EACH ROW{when} EXECUTE FUNCTION content_changed()"
                )
            if table not in tables:
                del made[name]
    return made


def _found(vendor: str, cursor: Any) -> dict[str, str]:
    """Name → table of those that are in place."""
    if vendor == "sqlite":
        cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'seen\\_%' ESCAPE '\\'")
    else:
        cursor.execute(
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE tgname LIKE 'seen\\_%' AND pg_table_is_visible(tgrelid)"
        )
    return dict(cursor.fetchall())


def _drop(vendor: str, cursor: Any, triggers: dict[str, str]) -> None:
    for name, table in triggers.items():
        cursor.execute(f"DROP TRIGGER {name}" if vendor == "sqlite" else f"DROP TRIGGER {name} ON {table}")
