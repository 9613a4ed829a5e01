"""`manage.py rotate_keys`: seals every personal column anew under the first key of FIELD_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.privacy import keys
from foundation.privacy.fields import SealedModel
from foundation.privacy.sealed_elsewhere import ELSEWHERE
from foundation.privacy.seals import check_seals, sealed_rows

ROUNDS = 3  # a worker may put back a row that it read before we sealed it anew; the next round finds it


class Command(BaseCommand):
    """Safe while the site writes: a row is replaced only if it is still what was read, and nothing stays locked."""

    help = "Seal every personal column anew under the first key of FIELD_KEYS, then say which keys can be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        renewed = 0
        for _round in range(ROUNDS):
            renewed += sum(_renew(row) for row in sealed_rows("sealing anew")) + sum(each.renew() for each in ELSEWHERE)
            used, closed = check_seals()
            if not set(used) - {keys.current()}:
                break
        self.stdout.write(f"{renewed} rows sealed anew under {keys.current()}; {sum(used.values())} columns read again.")
        if closed:
            raise CommandError(f"{len(closed)} columns do not open. Keep every key. {'; '.join(closed[:20])}")
        if still := sorted(set(used) - {keys.current()}):
            raise CommandError(f"Still used: {', '.join(still)}. Run this again.")
        removable = [name for name in keys.ring() if name != keys.current()]
        self.stdout.write(f"These keys can be removed from FIELD_KEYS: {', '.join(removable) or 'none, there is only one'}.")


def _renew(row: SealedModel) -> bool:
    """Whether the row was sealed anew. Left alone if somebody wrote to it meanwhile; a column that does not open stays."""
    old = {field: stored for field in row.sealed_fields() if (stored := field.stored(row)) and stored.key != keys.current()}
    seen = {field.attname: stored for field, stored in old.items() if field.opens(row)}
    for name in seen:
        setattr(row, name, getattr(row, name))
    new = {name: row.__dict__[name] for name in seen}
    return bool(new and type(row)._base_manager.filter(pk=row.pk, **seen).update(**new))
