"""How editions, stories, pictures and requests move on: by allowed moves, by who may, and by one person at a time."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

Who = User | str  # a staff member, or the name of the command or of the family that acts


class Refused(Exception):
    """It cannot be done now; the message says why, in words for the person who tried."""


def name_of(by: Who) -> str:
    return by if isinstance(by, str) else by.get_full_name() or by.get_username()


def check_permission(by: Who, *permissions: str) -> None:
    """Raises PermissionDenied unless `by` has one of them. A command may do everything."""
    if isinstance(by, User) and not any(by.has_perm(permission) for permission in permissions):
        raise PermissionDenied(permissions[0])


def change_status(
    row: Any,
    to: str,
    *,
    unless: str,
    overtaken: Callable[[], str],
    seen: int | None = None,
    may_stay: bool = False,
    **facts: Any,
) -> str:
    """Moves `row` to the status `to`, sets `facts` with it, and returns the status before.

    `row.MOVES` says which moves there are; `unless` is the refusal where this is none of them. Of two people who move one
    row at once exactly one wins: the other is refused with what `overtaken` says. With `seen`, the `version` of the row must
    still be that one; it grows by one. `may_stay` allows a change of `facts` alone.
    """
    before = row.status
    if to not in row.MOVES[before] and not (may_stay and to == before):
        raise Refused(unless)
    unchanged = {"pk": row.pk, "status": before}
    if seen is not None:
        unchanged["version"], facts["version"] = seen, seen + 1
    if not type(row)._base_manager.filter(**unchanged).update(status=to, **facts):
        raise Refused(overtaken())
    return str(before)
