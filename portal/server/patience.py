"""For how long a question to the database may take."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

SOON = 200  # milliseconds that something waits for a writer which can as well be left undone

patience = ContextVar[float | None]("patience", default=None)  # seconds; None: `settings.DATABASE_PATIENCE`


@contextmanager
def impatient() -> Iterator[None]:
    """Around a transaction that nobody needs: whoever writes for long is no reason to let a reader wait for it."""
    if connection.vendor != "sqlite":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {SOON}")
            yield
        return
    with connection.cursor() as cursor:
        usual = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {SOON}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
