"""What somebody else must go on with when a colleague leaves, and what of theirs opens doors without a sign-in.

Each room registers its own in `startup.py`; `portal.staff.leaving` hands on and ends all of it in one act.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet


@dataclass(frozen=True)
class Duty:
    """`rows` is what somebody has of it, `takers` who could go on with it (besides themselves).

    `hand_on` gives all of it from `user` to `to`, in the name of `by`, with its record, in the caller's transaction. May raise `Refused`.
    """

    name: str
    label: Any
    rows: Callable[[User], QuerySet[Any]]
    takers: Callable[[], QuerySet[User]]
    hand_on: Callable[..., None]
    text: Callable[[Model], str] = str


@dataclass(frozen=True)
class Access:
    """`end` ends all of it of `user`, in the name of `by`, with its record, in the caller's transaction, and says how many there were."""

    label: Any
    end: Callable[..., int]


DUTIES: list[Duty] = []
ACCESSES: list[Access] = []


def register(*found: Duty | Access) -> None:
    for each in found:
        if isinstance(each, Duty):
            DUTIES.append(each)
        else:
            ACCESSES.append(each)
