"""A mail server: `python tests/faults/mailbox.py PORT FILE`. Writes the Message-ID of each mail into FILE, then says yes."""

import email
import sys
import threading
from pathlib import Path

from aiosmtpd.controller import Controller


class Keeper:
    def __init__(self, path):
        self.path = Path(path)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        with self.path.open("a") as file:
            file.write(email.message_from_bytes(envelope.content)["Message-ID"] + "\n")
        return "250 kept"


if __name__ == "__main__":
    Controller(Keeper(sys.argv[2]), hostname="127.0.0.1", port=int(sys.argv[1])).start()
    threading.Event().wait()
