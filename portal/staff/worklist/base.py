"""One list of the first page: what waits, how much of it there is, and where all of it stands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet, Window
from django.urls import reverse

MOST = 8
Row = tuple[str, str, str]  # the facts of a `Thing`


class Thing(NamedTuple):
    """One thing that waits: what it is called, where to do something about it, and why it waits."""

    text: str
    address: str
    note: str


class Pressable(Thing):
    """A thing with buttons: (address, label) of each, and the `version` that was on the screen."""

    buttons: list[tuple[str, Any]]
    version: int


@dataclass(frozen=True)
class Waiting:
    """`every` is the address of the filtered list that holds all `count`; `nothing` is said when there are none."""

    title: str
    nothing: str
    things: list[Thing]
    count: int
    every: str


def listed(title: str, nothing: str, found: QuerySet[Any], thing: Callable[[Any], Row], every: str) -> Waiting:
    """The first rows of `found` as `thing(row)` tells them, and their number, in one query."""
    rows = list(counted(found))
    return Waiting(title, nothing, [Thing(*thing(row)) for row in rows], rows[0].of_all if rows else 0, every)


def counted(found: QuerySet[Any]) -> QuerySet[Any]:
    """The first rows of `found`, each with the number `of_all`: what is costly to ask is asked once."""
    return found.annotate(of_all=Window(Count("*")))[:MOST]


def changelist(name: str, query: str = "") -> str:
    """The address of a list of the admin, like `conditions_edition`."""
    return reverse(f"admin:{name}_changelist") + query


def change(name: str, pk: int) -> str:
    """The address of one row's page."""
    return reverse(f"admin:{name}_change", args=[pk])


Lists = Iterator[Waiting]
