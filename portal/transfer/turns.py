"""Long work in small steps, so that whoever else writes gets a turn between two of them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import connection, transaction

from foundation.audit.actions import records_last

LONGEST_REST = 0.5  # seconds; who waits for SQLite's one writer looks again ten times a second


class _TakenBack(Exception):
    pass


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


@contextmanager
def trial() -> Iterator[None]:
    """A turn that is taken back, so that every rule of the models and of the database has its say before anything is done."""
    with suppress(_TakenBack), turn():
        yield
        raise _TakenBack
