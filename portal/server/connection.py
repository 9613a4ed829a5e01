"""A connection to PostgreSQL that gives up: families are told that we cannot take requests, instead of waiting for a server that hangs."""

import select
from typing import Any

import psycopg
from django.conf import settings
from psycopg.errors import _WaitTimeout

from portal.server.outage import patience


class Connection(psycopg.Connection[Any]):
    """Closes itself when an answer takes longer than `settings.DATABASE_PATIENCE` seconds; Django then sees an OperationalError."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """What every exchange with the server passes through."""
        if timeout is None:
            timeout = patience.get() or settings.DATABASE_PATIENCE
        try:
            return super().wait(gen, interval, timeout)
        except _WaitTimeout:
            self.pgconn.finish()
            raise

    def execute(self, query: Any, *args: Any, **more: Any) -> Any:
        """The pool asks an empty question before it lends a connection: the end of one that a restart left dead can be read by now."""
        if not query:
            ready = select.poll()
            ready.register(self.fileno(), select.POLLIN)
            if not ready.poll(0):
                return None
        return super().execute(query, *args, **more)
