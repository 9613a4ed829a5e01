"""What somebody else must go on with when a colleague leaves, and what of theirs opens doors without a sign-in.

Each room registers its own in `startup.py`; `portal.staff.leaving` hands on and ends all of it in one act.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet


class HandOn(Protocol):
    def __call__(self, *, user: User, to: User, by: User) -> None:
        """Gives all of it from `user` to `to`, with its record, in the caller's transaction. May raise `Refused`."""


class End(Protocol):
    def __call__(self, *, user: User, by: User) -> int:
        """Ends all of it, with its record, in the caller's transaction, and says how many there were."""


@dataclass(frozen=True)
class Duty:
    """`rows` is what somebody has of it, `takers` who could go on with it (besides themselves)."""

    name: str
    label: Any
    rows: Callable[[User], QuerySet[Any]]
    takers: Callable[[], QuerySet[User]]
    hand_on: HandOn
    text: Callable[[Model], str] = str


@dataclass(frozen=True)
class Access:
    label: Any
    end: End


DUTIES: list[Duty] = []
ACCESSES: list[Access] = []


def register(*found: Duty | Access) -> None:
    for each in found:
        if isinstance(each, Duty):
            DUTIES.append(each)
        else:
            ACCESSES.append(each)
