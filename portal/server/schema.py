"""Which faults say that the tables are those of another version, or that there are none yet."""

from django.db import DatabaseError
from django.db.migrations.exceptions import InconsistentMigrationHistory

MISFITS = {"42P01", "42703", "42P07", "42701"}  # PostgreSQL: undefined and duplicate tables and columns
MISFITS_OF_SQLITE = ("no such table", "no such column", "has no column named", "already exists", "duplicate column name")


def misfit(fault: Exception) -> str:
    """What to do, in a sentence; "" for any other fault."""
    words = str(fault).partition("\n")[0]
    state = getattr(fault.__cause__, "sqlstate", None)
    does_not_fit = state in MISFITS if state else any(sign in words for sign in MISFITS_OF_SQLITE)
    if not (isinstance(fault, InconsistentMigrationHistory) or (isinstance(fault, DatabaseError) and does_not_fit)):
        return ""
    return (
        f"The tables of the database are not those of this version of the site ({words}). Run: python manage.py migrate. "
        "If migrate itself says this, an unfinished build made the database: take an empty one, or restore a backup."
    )
