"""Ends connections whose clients stop in the middle of what they send, so that they cannot hold every thread of a worker.

A WSGI thread waits in `wsgi.input.read` for as long as its client likes: four stalled clients stop a worker of four threads,
and granian has no limit for it (by design). nginx in front reads whole bodies first, so there this never acts. Without it,
once a second, the sockets of the addresses that are being waited for are looked at (Linux's TCP_INFO; elsewhere nothing
happens): one that has sent nothing for `SILENCE` seconds, or not all of it within `WHOLE`, and that we have not answered
since, is shut down. The same client's further requests, which still wait for a thread, go in the same sweep.
"""

import logging
import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)
SILENCE = 10  # seconds without a byte
WHOLE = 120  # seconds for a whole body: 2.5 MB at 170 kbit/s

WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]


class StallGuard:
    """A WSGI application around another: only requests with a body are touched."""

    def __init__(self, application: WSGI) -> None:
        self._application = application
        self._reading: dict[int, tuple[str, float]] = {}  # by thread, while it waits: for which address, since when
        self._watch: threading.Thread | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Passes on; a body that ends too early is an OSError (Django's UnreadablePostError), never a shorter form."""
        if environ.get("CONTENT_LENGTH"):
            environ["wsgi.input"] = Body(environ, self._reading)
            if self._watch is None:  # here rather than at import: a server may fork in between
                self._watch = threading.Thread(target=self._look, name="stalled", daemon=True)
                self._watch.start()
        return self._application(environ, start_response)

    def _look(self) -> None:
        while True:
            time.sleep(1)
            now = time.monotonic()
            addresses = {address for address, since in self._reading.copy().values() if now - since > 0.5}
            if addresses and (ended := sum(map(_ended, _sockets(addresses)))):
                logger.warning("ended %d connections whose clients had stopped sending", ended)


class Body:
    """`wsgi.input` that says for whom it waits and notices a client that left early."""

    def __init__(self, environ: dict[str, Any], reading: dict[int, tuple[str, float]]) -> None:
        self._input, self._reading = environ["wsgi.input"], reading
        self._address = environ.get("REMOTE_ADDR", "")
        length = environ["CONTENT_LENGTH"]
        self._left = int(length) if length.isdecimal() else 0

    def read(self, size: int = -1) -> bytes:
        """Raises ConnectionError if the client sends less than it announced."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._waiting(self._input.read, wanted) if wanted else b""
        if len(data) < wanted:
            raise ConnectionError("the client stopped sending")
        return data

    def readline(self, size: int = -1) -> bytes:
        """Raises ConnectionError if the client left before the end."""
        line = self._waiting(self._input.readline, size) if size >= 0 else self._waiting(self._input.readline)
        if not line and self._left:
            raise ConnectionError("the client stopped sending")
        return line

    def _waiting(self, read: Callable[..., bytes], *size: int) -> bytes:
        thread = threading.get_ident()
        self._reading[thread] = (self._address, time.monotonic())
        try:
            data = read(*size)
        finally:
            del self._reading[thread]
        self._left -= len(data)
        return data


def _sockets(addresses: set[str]) -> Iterator[socket.socket]:
    """Copies of this process's TCP connections with these peers, closed after use; the connections stay."""
    for entry in Path("/dev/fd").iterdir() if hasattr(socket, "TCP_INFO") else ():
        with suppress(OSError):  # closed meanwhile
            copy = os.dup(int(entry.name))
            if not stat.S_ISSOCK(os.fstat(copy).st_mode):
                os.close(copy)
                continue
            with socket.socket(fileno=copy) as connection:
                if _peer(connection) in addresses:
                    yield connection


def _peer(connection: socket.socket) -> str:
    try:
        name = connection.getpeername()
    except OSError:  # a listening one
        return ""
    return name[0] if isinstance(name, tuple) else ""


def _ended(connection: socket.socket) -> bool:
    """Shuts it down if it has kept us waiting; tells whether it did."""
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 56)
        sent, _acknowledged, received = (wait / 1000 for wait in struct.unpack_from("3I", info, 44))  # seconds ago
        # equal within the clock of the kernel: a new connection, or an idle one answered at once, whose end harms nobody
        waits = sent >= received and (received > SILENCE or sent > WHOLE)
        if waits:
            connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # gone meanwhile
        return False
    return waits
