from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from foundation.links import link_index
from foundation.links.checker import AddressChecker
from foundation.links.models import OutsideAddress
from foundation.nightly.command import NightlyCommand


class Command(NightlyCommand):
    """Each address is asked once a week, one that failed daily; one request at a time, two seconds between two to one host.

    It asks what a reader's click would ask, a few hundred single pages a week, so it does not read robots.txt.
    """

    help = "Looks for links that broke. Run it daily."
    checker = AddressChecker()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--most", type=int, default=200, help="addresses to ask in one run (default 200)")

    def handle(self, *args: Any, most: int, **options: Any) -> None:
        link_index.rebuild()
        link_index.collect_outside()
        self.stdout.write(f"Our own pages: {link_index.broken().count()} broken links.")
        if not settings.CHECK_OUTSIDE_LINKS:
            self.stdout.write("Addresses of others are not asked. Set CHECK_OUTSIDE_LINKS=True to ask them.")
            return
        due = _mixed(list(OutsideAddress.objects.due()[:most]))
        for address in due:
            address.keep_check(self.checker.fault(address.url))
        faults = OutsideAddress.objects.reported().count()
        self.stdout.write(f"Addresses of others: {len(due)} asked, {faults} to look at.")


def _mixed(addresses: list[OutsideAddress]) -> list[OutsideAddress]:
    """Host by host in turn, so that few pauses are needed."""

    def host(address: OutsideAddress) -> str:
        return address.url.split("/")[2]

    own = [list(group) for _host, group in groupby(sorted(addresses, key=host), key=host)]
    return [group[turn] for turn in range(max(map(len, own), default=0)) for group in own if turn < len(group)]
