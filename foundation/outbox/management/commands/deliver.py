"""`manage.py deliver`: sends what waits in the outbox, for ever or once."""

import logging
import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections, connections

from foundation.outbox.actions import deliver_one

IDLE = 2.0  # seconds between two looks at an empty outbox
NAP = 0.2  # seconds after which a request to end is noticed
log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Several may run at once. SIGTERM and Ctrl-C end it after the message it is at."""

    help = "Sends the messages that wait in the outbox."
    ended = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Send what is due now, and exit.")

    def handle(self, *, once: bool, **options: Any) -> None:
        """Goes on when the database or the mail server goes away and comes back."""
        if once:
            while deliver_one():
                pass
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        while not self.ended:
            if not self._sent_one():
                self._rest()

    def _sent_one(self) -> bool:
        try:
            close_old_connections()
            return deliver_one()
        except Error as fault:
            log.warning("the database does not answer (%s), waiting", type(fault).__name__)
            connections.close_all()
            return False

    def _rest(self) -> None:
        until = time.monotonic() + IDLE
        while not self.ended and time.monotonic() < until:
            time.sleep(NAP)

    def _end(self, *_signal: Any) -> None:
        self.ended = True
