"""What one person is shown of what the audit record tells of: kept until there is a new record, a minute at most.

Whoever acts writes the record in the same transaction. So an answer is asked anew after every act, of whomever; what goes by
the clock alone may be late by that minute. It must not hold what nobody records (messages, searches, readers' words); that
there is none of these may be remembered, and the first of them be late by that minute too.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import caches

from foundation.audit.actions import last_number


def until_next_record(name: str, user: User, ask: Callable[[], Any]) -> Any:
    """The answer of `ask`. The number is read before it asks: what is newer than its number is asked once more at worst."""
    return caches["content"].get_or_set(f"{name}-{user.pk}-{last_number()}-{rights(user)}", ask)


def rights(user: Any) -> str:
    """The same for all who may do the same."""
    return "all" if user.is_superuser else sha256(" ".join(sorted(user.get_all_permissions())).encode()).hexdigest()
