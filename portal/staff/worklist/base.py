"""One list of the first page: what waits, how much of it there is, and where all of it stands."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.cache import caches
from django.db.models import Model, QuerySet
from django.urls import reverse

MOST = 8
MOST_COUNTED = 1000  # nobody reads further


@dataclass
class Thing:
    """One thing that waits: what it is called, where to do something about it, and why it waits.

    Beside it stand `buttons`, (address, label) of each; `version` is the one of the row that is on the screen.
    """

    text: str
    address: str
    note: str
    buttons: list[tuple[str, Any]] = field(default_factory=list)
    version: int = 0


@dataclass
class Waiting:
    """`every` is the address of the filtered list that holds all `count` (and `more`); `nothing` is said when there are none."""

    title: str
    nothing: str
    things: list[Thing]
    count: int
    more: bool
    every: str


@dataclass(frozen=True)
class WaitingList:
    """A list of the first page for whoever has all of `permissions`, which stand in one text. One query, one more to count many.

    `prepare` turns all rows into what `thing` takes, where that is not the row itself.
    """

    permissions: str
    title: Any
    nothing: Any
    rows: Callable[[User], QuerySet[Any]]
    thing: Callable[[Any], Thing]
    every: str  # the name of an address of the admin, and the query that filters its list
    prepare: Callable[[list[Any]], Iterable[Any]] = list
    concerns: Callable[[User], bool] = lambda user: True  # beside the permissions
    content: Callable[[], Any] | None = None  # where it goes by public content alone, and what this answers

    def of(self, user: User) -> Waiting:
        """Asked; or remembered as long as all it goes by is the same, a minute at most."""
        if self.content is None:
            return self._ask(user)
        key = f"waiting-{self.every}-{user.pk}-{self.content()}"
        return cast("Waiting", caches["content"].get_or_set(key, lambda: self._ask(user)))

    def _ask(self, user: User) -> Waiting:
        found = self.rows(user)
        rows = list(found[: MOST + 1])
        count = found.order_by()[: MOST_COUNTED + 1].count() if len(rows) > MOST else len(rows)
        things = [self.thing(row) for row in self.prepare(rows[:MOST])]
        name, question, query = self.every.partition("?")
        every = reverse(f"admin:{name}") + question + query
        return Waiting(str(self.title), str(self.nothing), things, min(count, MOST_COUNTED), count > MOST_COUNTED, every)


def change_address(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
