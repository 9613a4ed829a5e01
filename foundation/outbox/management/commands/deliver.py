"""`manage.py deliver`: sends what waits in the outbox, for ever or once."""

import logging
import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, ProgrammingError, close_old_connections, connections

from foundation.outbox.actions import Queue, deliver
from foundation.outbox.smtp import Line
from foundation.privacy.key_holders import RENEWED, announce, withdraw

SENDERS = 4  # threads: while one waits for the mail server or the disk, another writes its mail
IDLE = 2.0  # seconds between two looks at an empty outbox
NAP = 0.2  # seconds after which a request to end is noticed
log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Several may run at once. SIGTERM and Ctrl-C end it after the messages it is at."""

    help = "Sends the messages that wait in the outbox."
    ended = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Send what is due now, and exit.")
        parser.add_argument("--senders", type=int, default=SENDERS, help="How many to send at a time.")

    def handle(self, *, once: bool, senders: int, **options: Any) -> None:
        """Goes on when the database or the mail server goes away and comes back."""
        queue = Queue()
        if once:
            with closing(Line()) as line:
                while deliver(line, queue):
                    pass
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        with ThreadPoolExecutor(senders) as pool:
            running = [pool.submit(self._send, queue) for _number in range(senders)]
            _if_possible(_note_keys)
            while wait(running, timeout=RENEWED.total_seconds()).not_done:
                _if_possible(_note_keys)
            _if_possible(withdraw)
            for sender in running:
                sender.result()

    def _send(self, queue: Queue) -> None:
        """One thread. If it fails all end, with its fault, and whatever watches over this process starts it anew."""
        line = Line()
        try:
            while not self.ended:
                if not self._sent_any(line, queue):
                    line.close()  # no mail server waits long for the next mail
                    self._rest()
        finally:
            self._end()
            line.close()
            connections.close_all()

    def _sent_any(self, line: Line, queue: Queue) -> bool:
        try:
            close_old_connections()
            return deliver(line, queue, goes_on=lambda: not self.ended)
        except Error as fault:
            if isinstance(fault, ProgrammingError) or "no such" in str(fault):
                raise  # a table is missing: waiting brings none
            log.warning("the database does not answer (%s), waiting", type(fault).__name__)
            connections.close_all()
            return False

    def _rest(self) -> None:
        until = time.monotonic() + IDLE
        while not self.ended and time.monotonic() < until:
            time.sleep(NAP)

    def _end(self, *_signal: Any) -> None:
        self.ended = True


def _note_keys() -> None:
    announce("deliver")


def _if_possible(write: Callable[[], None]) -> None:
    try:
        close_old_connections()
        write()
    except Error as fault:
        log.warning("the names of the keys were not noted (%s)", type(fault).__name__)
    finally:
        connections.close_all()
