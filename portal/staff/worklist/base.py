"""One list of the first page: what waits, how much of it there is, and where all of it stands."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from django.contrib.auth.models import User
from django.core.cache import caches
from django.db.models import Exists, Model, QuerySet
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
    things: Sequence[Thing]
    count: int
    more: bool
    every: str


@dataclass(frozen=True, eq=False)
class WaitingList:
    """A list of the first page for whoever has all of `permissions`, which stand in one text.

    `prepare` turns all rows into what `thing` takes, where that is not the row itself. A list whose `nothing` is empty is not
    spoken of when there is none.
    """

    permissions: str
    title: Any
    nothing: Any
    rows: Callable[[User], QuerySet[Any]]
    thing: Callable[[Any], Thing]
    every: str  # the name of an address of the admin, and the query that filters its list
    prepare: Callable[[list[Any]], Iterable[Any]] = list
    concerns: Callable[[User], bool] = lambda user: True  # beside the permissions
    content: Callable[[User], Any] | None = None  # where it goes by public content, and by what this answers, alone
    # What is remembered until the next audit record: all of it, if nothing that it shows changes without one.
    remembers: Literal["rows", "that it is empty", "nothing"] = "rows"

    def recall(self, user: User) -> Waiting:
        """Remembered, if it goes by public content, as long as all it goes by is the same, a minute at most."""
        if not self.content:
            return self.ask(user)
        key = f"waiting-{self.every}-{self.content(user)}"
        return cast("Waiting", caches["content"].get_or_set(key, lambda: self.ask(user)))

    def ask(self, user: User) -> Waiting:
        """One query, one more to count many, and those of `prepare`."""
        found = self.rows(user)
        rows = list(found[: MOST + 1])
        count = found.order_by()[: MOST_COUNTED + 1].count() if len(rows) > MOST else len(rows)
        return self.show(list(map(self.thing, self.prepare(rows[:MOST]))), count)

    def show(self, things: Sequence[Thing] = (), count: int = 0) -> Waiting:
        name, question, query = self.every.partition("?")
        every = reverse(f"admin:{name}") + question + query
        return Waiting(str(self.title), str(self.nothing), things, min(count, MOST_COUNTED), count > MOST_COUNTED, every)


def ask(lists: Sequence[WaitingList], user: User) -> dict[str, Waiting]:
    """Of `lists` what may be remembered, by its `every`. One query finds those that hold something, for most are empty."""
    one = User.objects.filter(pk=user.pk)
    holds = one.values_list(*(Exists(each.rows(user)) for each in lists)).get() if lists else ()
    return {
        each.every: each.ask(user) if is_held else each.show()
        for each, is_held in zip(lists, holds, strict=True)
        if each.remembers == "rows" or not is_held
    }


def nothing_else(user: User) -> str:
    """For a list that goes by public content alone, and is the same for all."""
    return ""


def change_address(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
