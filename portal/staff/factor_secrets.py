"""The secrets of second factors, sealed by the key ring: an authenticator app's, and the seed of the recovery codes.

allauth seals by two functions of its adapter that are given the text alone. A seal that is bound to nothing could be copied into
the row of somebody with more rights, so the row seals it when it is made and binds it when it is read (`bind`): table, column,
account and kind, of which an account has one each. `StaffMFAAdapter.decrypt` opens it.
"""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from foundation.privacy import keys
from foundation.privacy.fields import Sealed, seal, unseal

NAMES = ("secret", "seed")  # in `Authenticator.data`; a passkey's row holds its public half, which is no secret


class Bound(Sealed):
    """A sealed text of one row, and what it is sealed to."""

    context: str


def open_bound(stored: str) -> str:
    """Raises Unreadable for what was altered, belongs to another account, or was never sealed."""
    return unseal(Sealed(stored), context=getattr(stored, "context", "mfa_authenticator.data"))


def bind(instance: Authenticator, **kwargs: Any) -> None:
    """Of each row as it is made in memory: a new one's secrets are sealed, a stored one's are taken to be so."""
    data = instance.__dict__.get("data") or {}  # not there where it is deferred
    for name in data.keys() & set(NAMES):
        context = _context(instance, name)
        text = Bound(seal(data[name], context=context) if instance.pk is None else data[name])
        text.context = context
        data[name] = text


def renew() -> int:
    """Seals anew, row by row, what another key sealed; what does not open stays as it is."""
    return sum(_renew(pk) for pk in _with_secrets().values_list("pk", flat=True))


def stored() -> Iterator[tuple[str, Sealed, bool]]:
    for row in _with_secrets().order_by("pk"):
        for name, text in _secrets(row):
            yield f"mfa_authenticator {row.pk} data.{name}", text, _opens(text)


@transaction.atomic
def _renew(pk: int) -> bool:
    row = _with_secrets().select_for_update().filter(pk=pk).first()
    old = [(name, text) for name, text in _secrets(row) if text.key != keys.current() and _opens(text)] if row else []
    for name, text in old:
        row.data[name] = seal(open_bound(text), context=text.context)
    if old:
        row.save(update_fields=["data"])
    return bool(old)


def _with_secrets() -> Any:
    return Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)


def _secrets(row: Authenticator) -> list[tuple[str, Bound]]:
    return [(name, row.data[name]) for name in NAMES if name in row.data]


def _opens(text: Bound) -> bool:
    try:
        open_bound(text)
    except keys.Unreadable:
        return False
    return True


def _context(row: Authenticator, name: str) -> str:
    return f"mfa_authenticator.data.{name}.{row.user_id}.{row.type!s}"
