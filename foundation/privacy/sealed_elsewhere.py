"""Sealed texts in columns that are no `SealedField`, such as those of another package: how `rotate_keys` reaches them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from foundation.privacy.fields import Sealed


@dataclass(frozen=True)
class Elsewhere:
    """`renew` seals anew what another key than the current one sealed, and says how many rows that were.

    `stored` gives of each text (table, row and column), what is stored, and whether it opens.
    """

    renew: Callable[[], int]
    stored: Callable[[], Iterator[tuple[str, Sealed, bool]]]


ELSEWHERE: list[Elsewhere] = []


def register(elsewhere: Elsewhere) -> None:
    """Called once, in `startup.py` of the room that seals them."""
    ELSEWHERE.append(elsewhere)
