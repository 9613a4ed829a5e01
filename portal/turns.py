"""Long work in small steps, so that whoever else writes gets a turn between two of them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from foundation.audit.actions import records_last

LONGEST_REST = 0.1  # seconds; who waits for SQLite's one writer looks again at least so often


@contextmanager
def turn() -> Iterator[None]:
    """A transaction of its own, its audit records last; behind it SQLite, which knows no queue, is left alone for as long."""
    began = time.monotonic()
    try:
        with transaction.atomic(), records_last():
            yield
    finally:
        if connection.vendor == "sqlite":
            time.sleep(min(time.monotonic() - began, LONGEST_REST))
