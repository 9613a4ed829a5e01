"""What is done once before the workers start. They are forks: no connection may be open by then."""

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.db import DatabaseError, connection, connections

import portal.wsgi  # noqa: F401  before all else: it sets Django up
from foundation.privacy.key_holders import announce, withdraw
from foundation.search import word_index

log = logging.getLogger(__name__)


@contextmanager
def key_names_noted() -> Iterator[None]:
    """While the server runs, `rotate_keys` knows which keys it knows."""
    _ask_database(partial(announce, "web"))
    try:
        yield
    finally:
        _ask_database(withdraw)


def read_search_index() -> None:
    """All names and words that the search knows, which all workers share; each then reads what has changed since.

    Otherwise the first search of every worker would wait for it: more than a second with 5,000 conditions.
    """
    _ask_database(word_index.memory.index)
    gc.freeze()  # as in `portal.wsgi`


def _ask_database(act: Callable[[], object]) -> None:
    try:
        act()
    except DatabaseError as fault:
        log.warning("the database was not asked before the start: %s", type(fault).__name__)
    finally:
        connections.close_all()  # and the threads of PostgreSQL's pool
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]
