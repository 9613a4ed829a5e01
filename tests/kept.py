"""What takes long to make and comes out the same for the same code, made once and copied for whoever needs it.

It lies in `var/kept/`, in a folder named by a digest of all that has a part in it: every file of the product, the environment,
the installed packages, and the day. Change one of them and it is made anew.
"""

import hashlib
import os
import re
import shutil
import site
import sqlite3
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_PART = {"tests", "bench", "docs", "deploy", "findings", "var"}
MOST = 8  # states of the code; a run that goes on while so many others begin does without


def start():
    """Says to this process and its children where things of today's code lie, and throws away what is old."""
    shelf = ROOT / "var" / "kept"
    ours = shelf / digest()
    if (ours / "changed").exists():
        shutil.rmtree(ours)
    ours.mkdir(parents=True, exist_ok=True)
    os.utime(ours)
    for old in sorted(shelf.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)[MOST:]:
        shutil.rmtree(old, ignore_errors=True)
    os.environ["KEPT"] = str(ours)


def copy(name, make, to, part=""):
    """Copies what the first who asked for it has made, or a part of it; outside tests it is made where it is wanted."""
    if "KEPT" in os.environ:
        shutil.copytree(find(name, make) / part, to / part, dirs_exist_ok=True)
    else:
        make(to)


def find(name, make):
    """The folder that `make` filled, for whoever asked first."""
    folder, new = code() / name, code() / f"{name}.new"
    with turn(name):
        if not folder.exists():
            shutil.rmtree(new, ignore_errors=True)  # of somebody who was stopped
            new.mkdir()
            make(new)
            new.rename(folder)
            if digest() != code().name:  # somebody edited meanwhile: good for this run alone
                (code() / "changed").touch()
    return folder


@contextmanager
def turn(name):
    """Of several processes one at a time runs the block."""
    with (code() / f"{name}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield


def code():
    """The folder of today's code; its name is the digest."""
    return Path(os.environ["KEPT"])


def original():
    """The name of the database with all tables, which the first of a run makes in its server of PostgreSQL."""
    return f"kept_{code().name}" if "KEPT" in os.environ else "template1"


def digest():
    """Takes 0.05 s."""
    settings = (ROOT / "portal" / "settings.py").read_text()
    named = {name: value for name, value in os.environ.items() if re.search(rf'"{name}(_FILE)?"', settings)}
    found = hashlib.sha256(
        repr((sys.version, sqlite3.sqlite_version, datetime.now(UTC).date(), sorted(named.items()))).encode()
    )
    found.update(str([Path(folder).stat().st_mtime_ns for folder in site.getsitepackages()]).encode())
    for path in sorted(path for path in ROOT.glob("[!.]*/**/*") if path.relative_to(ROOT).parts[0] not in NO_PART):
        if path.is_file() and path.suffix not in {".pyc", ".md"}:  # words for people change no row
            found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    for path in [ROOT / "requirements.txt", ROOT / ".env", ROOT / "tests" / "site.py", Path(__file__)]:
        found.update(path.read_bytes() if path.exists() else b"")
    return found.hexdigest()[:16]


def fill(connection, path):
    """Puts the tables and rows of a file of SQLite into a database in memory."""
    with closing(sqlite3.connect(path)) as source:
        source.backup(connection)
