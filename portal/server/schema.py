"""What a fault of the database asks of whoever runs a command: tables of another version or none yet, a database that is away."""

from django.db import DatabaseError
from django.db.migrations.exceptions import InconsistentMigrationHistory, MigrationSchemaMissing

MISFITS = {"42P01", "42703", "42P07", "42701"}  # PostgreSQL: undefined and duplicate tables and columns
MISFITS_OF_SQLITE = ("no such table", "no such column", "has no column named", "already exists", "duplicate column name")
# PostgreSQL: no connection, only to read, refused, no such database, full, locked, stopped.
AWAY = ("08", "25006", "28", "3D000", "53", "55P03", "57P")
AWAY_FOR_SQLITE = ("unable to open", "not a database", "readonly", "is full", "disk I/O error", "is locked", "malformed")
# Of these PostgreSQL's client knows no state: no connection came about at all.
NO_CONNECTION = (
    *("couldn't get a connection", "connection failed", "connection is bad", "failed to resolve", "connection timeout"),
)


def advice(fault: Exception) -> str:
    """What to do, in a sentence; "" for any other fault."""
    origin = fault.__context__ if isinstance(fault, MigrationSchemaMissing) else fault
    words = str(origin).partition("\n")[0]
    state = getattr(origin and origin.__cause__, "sqlstate", None)
    if state == "42501":  # insufficient privilege
        return (
            f"This role of the database may not do that ({words}). `migrate` is run by the owner of the tables "
            "(DATABASE_URL=postgres://portal_owner:…; for deploy/install OWNER_DATABASE_URL): deploy/postgresql/roles.sql."
        )
    does_not_fit = state in MISFITS if state else any(sign in words for sign in MISFITS_OF_SQLITE)
    if isinstance(fault, InconsistentMigrationHistory) or (isinstance(fault, DatabaseError) and does_not_fit):
        return (
            f"The tables of the database are not those of this version of the site ({words}). Run: python manage.py migrate. "
            "If migrate itself says this, an unfinished build made the database: take an empty one, or restore a backup."
        )
    is_away = state.startswith(AWAY) if state else any(sign in words for sign in AWAY_FOR_SQLITE + NO_CONNECTION)
    if isinstance(fault, DatabaseError) and is_away:
        return (
            f"The database cannot be used now ({words}). Look whether it runs and what DATABASE_URL says, then run this again."
        )
    return ""
