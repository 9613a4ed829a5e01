"""Which faults say that the database cannot do what was asked, now: it is away, locked for too long, full or only to be read."""

import errno
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

logger = logging.getLogger(__name__)

ONLY_TO_READ = "25006"  # PostgreSQL: read_only_sql_transaction; Django makes an InternalError of it
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}  # of a disk to which a picture was to be written


def is_outage(fault: BaseException | None) -> bool:
    """Whether it, or what led to it, is such a fault: nothing is wrong with what somebody sent, and later it will do."""
    seen = set[int]()
    while fault is not None and id(fault) not in seen:
        has_no_room = isinstance(fault, OSError) and fault.errno in NO_ROOM
        is_only_to_read = getattr(fault, "sqlstate", None) == ONLY_TO_READ
        if isinstance(fault, OperationalError | InterfaceError) or is_only_to_read or has_no_room:
            return True
        seen.add(id(fault))
        fault = fault.__cause__ or fault.__context__
    return False


def write_if_possible(what: str, write: Callable[[], None]) -> None:
    """What is written for ourselves: where nothing can be written, the answer is as good without."""
    try:
        with impatient(), transaction.atomic():
            write()
    except DatabaseError as fault:
        if not is_outage(fault):
            raise
        logger.warning("not written: %s (%s)", what, type(fault).__name__)


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
