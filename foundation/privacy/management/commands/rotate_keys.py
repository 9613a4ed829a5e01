from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.privacy import keys
from foundation.privacy.key_holders import lacking
from foundation.privacy.seals import ELSEWHERE, check_seals, seal_anew

ROUNDS = 3  # a worker may put back a row that it read before we sealed it anew; the next round finds it


class Command(BaseCommand):
    """Safe while the site writes: what somebody works on is left to the next round, and rows stay locked for a moment."""

    help = "Seal every personal column anew under the first key of FIELD_KEYS, then say which keys can be removed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--anyway", action="store_true", help="Do not ask whether every process knows the new key.")

    def handle(self, *args: Any, anyway: bool, **options: Any) -> None:
        if not anyway:
            _refuse_if_unknown(keys.current())
        renewed = 0
        for _round in range(ROUNDS):
            renewed += seal_anew() + sum(each.renew() for each in ELSEWHERE)
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


def _refuse_if_unknown(name: str) -> None:
    if holders := lacking(name):
        raise CommandError(
            f"The key {name} is not known everywhere yet, and what it seals could not be read there: "
            f"{', '.join(map(str, holders))}. Start these again with the FIELD_KEYS of today. Of another machine, a process that was "
            "killed is forgotten after a day; --anyway does not ask."
        )
