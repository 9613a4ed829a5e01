"""While the server runs, `rotate_keys` knows which keys it knows."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.db import DatabaseError, connection, connections

import portal.wsgi  # noqa: F401  before all else: it sets Django up
from foundation.privacy.key_holders import announce, withdraw

log = logging.getLogger(__name__)


@contextmanager
def key_names_noted() -> Iterator[None]:
    """Around the start of the workers, which are forks: no connection may be open by then."""
    _write(partial(announce, "web"))
    try:
        yield
    finally:
        _write(withdraw)


def _write(note: Callable[[], None]) -> None:
    try:
        note()
    except DatabaseError as fault:
        log.warning("the names of our keys were not noted: %s", type(fault).__name__)
    finally:
        connections.close_all()  # and the threads of PostgreSQL's pool
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]
