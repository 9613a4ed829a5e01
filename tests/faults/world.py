"""A site with everything it needs, each part a process that can be killed: web, deliver, mail, and PostgreSQL if asked for."""

import collections
import json
import random
import shutil
import socket
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from tests import postgres
from tests.faults.families import Families
from tests.shell import loaded
from tests.site import ROOT, Process, free_port, made


class World:
    """`parts` by name; `site` runs commands; `mails` are the Message-IDs that the mail server accepted."""

    def __init__(self, folder, database):
        self.folder, self.parts, self.kills = folder, {}, collections.Counter()
        url = ""
        if database == "postgresql":
            self.parts["database"], url = postgres_server(folder)
            self.parts["database"].start()
        mail, port, self.mailbox = mail_server(folder)
        facts = {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "TRUSTED_PROXIES": "1", "MESSAGE_HOST": "example.org"}
        self.site = made(folder / "site", collected=False, DATABASE_URL=url, **facts)
        self.parts["web"] = self.site.web()
        self.parts["deliver"] = self.site.deliverer()
        self.parts["mail"] = mail
        self.families = Families(self.site.address)

    def mails(self):
        return self.mailbox.read_text().split()

    def drafts(self, count):
        return json.loads(self._inside(f"drafts({count})"))

    def report(self, seconds=0):
        return json.loads(self._inside(f"report({seconds})"))

    def _inside(self, call):
        """What a function of `inside.py` prints in the site's shell."""
        return self.site.manage("shell", "-v0", "-c", f"from tests.faults import inside; inside.{call}")

    def start(self, *names):
        for name in names:
            self.parts[name].start()

    def kill(self, name):
        """With -9."""
        self.kills[name] += 1
        self.parts[name].kill()

    def torment(self, seed, goes_on, every):
        """Kills a part chosen by the seed, leaves it dead for a moment, starts it again; as long as `goes_on`."""
        dice = random.Random(seed)
        names = sorted(self.parts)
        while goes_on():
            time.sleep(dice.uniform(0.5, 1.5) * every)
            name = names.pop(dice.randrange(len(names)))
            names = names or sorted(self.parts)  # each in its turn
            self.kill(name)
            time.sleep(dice.uniform(0, 0.5))
            self.parts[name].start()

    def settle(self, seconds):
        """What there is when the deliver worker has sent what was left. The waits of leases and tries are taken as over."""
        self.parts["deliver"].stop()
        self._inside("later()")
        self.parts["deliver"].start()
        return self.report(seconds)


def postgres_server(folder):
    """A server of its own, not started, and its address; unlike the one of the tests it waits until a commit is written."""
    user, binaries, home = postgres._user(), postgres.binaries(), folder / "pg"
    home.mkdir()
    if user:
        shutil.chown(home, user)
    postgres._run([binaries / "initdb", "-D", home / "data", "-U", "portal", "-A", "trust", "-E", "UTF8", "--no-sync"], user)

    def ready():
        import psycopg

        try:
            psycopg.connect(host=str(home), user="portal", dbname="postgres", connect_timeout=1).close()
        except psycopg.OperationalError as not_yet:
            raise OSError from not_yet

    server = Process(
        *[binaries / "postgres", "-D", home / "data", "-k", home, "-h", "", "-F", "-c", "max_connections=80"],
        log=folder / "postgres.log",
        user=user,
        ready=ready,
        alone=True,
    )
    return server, f"postgres://portal@{str(home).replace('/', '%2F')}/postgres"


def mail_server(folder):
    """A mail server, not started; its port; the file of the Message-IDs that it accepted."""
    port, mailbox = free_port(), folder / "mails"
    mailbox.touch()
    server = Process(
        sys.executable,
        ROOT / "tests" / "faults" / "mailbox.py",
        port,
        mailbox,
        log=folder / "mail.log",
        ready=lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close(),
    )
    return server, port, mailbox


@contextmanager
def world(database):
    """Everything runs; at the end all is stopped and gone."""
    with tempfile.TemporaryDirectory(prefix="portal-faults-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL started by root runs as somebody else
        made_world = None
        try:
            made_world = World(Path(folder), database)
            with loaded(made_world.site) as made_world.site:
                made_world.start("web", "deliver", "mail")
                yield made_world
        finally:
            for part in reversed((made_world.parts if made_world else {}).values()):
                if part.running:
                    part.stop()
