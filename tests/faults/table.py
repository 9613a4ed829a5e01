"""What family and monitor see while parts of a running site are broken: `python -m tests.faults.table postgresql`, or `sqlite` (as root: its disk is full).

Prints a line for each fault; fails where words were lost, a page known before could not be read, or the monitor was told that all is well.
The same table with everything in one process, in seconds: `tests/test_portal_faults.py`.
"""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.faults.world import World

HEADERS = {
    "Cookie": f"csrftoken={'a' * 32}",
    "Content-Type": "application/x-www-form-urlencoded",
    "Sec-Fetch-Site": "same-origin",
}
TYPED = f"csrfmiddlewaretoken={'a' * 32}&asker=parent&name=Pat+Canary&confirm=on"
PAGE = "/conditions/crmo/"
SETTLES = 4  # seconds until a worker knows that its database is gone


def ask(here, method, path, body=None):
    connection = http.client.HTTPConnection(here.site.address.removeprefix("http://"), timeout=40)
    began = time.monotonic()
    try:
        connection.request(method, path, body, HEADERS)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), time.monotonic() - began
    finally:
        connection.close()


def seen(here):
    status, page, took = ask(here, "POST", "/appointments/request/you/", TYPED)
    words = "taken" if status in {302, 303} else f"{status} {'kept' if 'Canary' in page else 'lost'}"
    ready, told, _took = ask(here, "GET", "/readyz")
    figures = {
        " ".join([one.name, *one.labels.values()]): one.value
        for family in text_string_to_metric_families(ask(here, "GET", "/metrics")[1])
        for one in family.samples
    }
    return {
        "reads": ask(here, "GET", PAGE)[0],
        "form": words,
        "seconds": round(took, 1),
        "readyz": f"{ready} {told.splitlines()[0]}; "
        + "; ".join(line for line in told.splitlines() if "cannot" in line or "low" in line),
        "up, writable, readable": [
            figures.get(f"portal_{name}") for name in ("database_up", "database_writable", "sealed_readable")
        ],
        "canary in the log": "Canary" in (here.folder / "site" / "server.log").read_text(),
    }


@contextmanager
def killed(here):
    here.parts["database"].kill()
    time.sleep(SETTLES)
    yield
    here.parts["database"].start()


@contextmanager
def hanging(here):
    """Its processes are stopped, each of which has a group of its own."""
    server = here.parts["database"].running.pid
    parents = {
        int(status.parent.name): int(status.read_text().rpartition(")")[2].split()[1])
        for status in Path("/proc").glob("[0-9]*/stat")
    }
    pids = [server, *(pid for pid, parent in parents.items() if parent == server)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(SETTLES)
    yield
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def only_to_read(here):
    set_to = "from django.db import connection as c; c.cursor().execute('ALTER SYSTEM SET default_transaction_read_only = {}')"
    reload = "from django.db import connection as c; c.cursor().execute('SELECT pg_reload_conf()')"
    for code in (set_to.format("on"), reload):
        here.site.manage("shell", "-v0", "-c", code)
    yield
    undo = "SET default_transaction_read_only = off"
    here.site.manage(
        "shell", "-v0", "-c", f"from django.db import connection as c; c.cursor().execute({undo!r}); " + set_to.format("off")
    )
    here.site.manage("shell", "-v0", "-c", reload)


@contextmanager
def full_disk(here):
    """Its last free byte is taken."""
    filling = here.folder / "filling"
    with filling.open("wb", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    yield
    filling.unlink()


@contextmanager
def other_key(here):
    web, usual = here.parts["web"], here.parts["web"].environment
    web.stop()
    web.environment = usual | {"FIELD_KEYS": "k9:" + "A" * 43 + "="}
    web.start()
    yield
    web.stop()
    web.environment = usual
    web.start()


FAULTS = {
    "postgresql": {"killed": killed, "hangs": hanging, "only to be read": only_to_read, "another key": other_key},
    "sqlite": {"disk full": full_disk, "another key": other_key},
}
TOLD = {  # up, writable, readable
    "killed": [0, None, None],
    "hangs": [0, None, None],
    "only to be read": [1, 0, 1],
    "disk full": [1, 0, 1],
    "another key": [1, 1, 0],
}


def run(here, database):
    here.families.send(here.drafts(1))()
    table = {}
    for name, fault in FAULTS[database].items():
        ask(here, "GET", PAGE)
        with fault(here):
            table[name] = seen(here)
        time.sleep(SETTLES)
        table[f"after {name}"] = seen(here)
    return table


def faults(table):
    """What must not be, in words."""
    for name, row in table.items():
        wanted = TOLD.get(name, [1, 1, 1])
        form = {"taken", "503 kept"} if name == "another key" else {"503 kept"} if name in TOLD else {"taken"}
        if row["reads"] != 200 or row["form"] not in form or row["canary in the log"]:
            yield f"{name}: {row}"
        if row["up, writable, readable"] != wanted:
            yield f"{name}: the monitor was told {row['up, writable, readable']}, not {wanted}"


def main(database):
    with tempfile.TemporaryDirectory(prefix="portal-faults-") as folder:
        Path(folder).chmod(0o755)
        if database == "sqlite":
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", folder], check=True)
        here = World(Path(folder), database)
        try:
            here.start("web", "deliver", "mail")
            table = run(here, database)
        finally:
            for part in reversed(here.parts.values()):
                part.stop()
            if database == "sqlite":
                subprocess.run(["umount", folder], check=True)
    for name, row in table.items():
        print(f"{name:22}", "  ".join(f"{what}: {told}" for what, told in row.items()))
    return list(faults(table))


if __name__ == "__main__":
    sys.exit("\n".join(main(sys.argv[1])) or 0)
