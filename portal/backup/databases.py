"""A copy of the whole database at one moment while the site goes on, and its way back; SQLite by its own backup, PostgreSQL by its tools."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient
from environ import Env

from foundation.outbox.models import Message
from foundation.progress import byte_bar

PAGES = 4096  # of the database, copied between two looks at the progress bar
POSTGRESQL = ("postgres:", "postgresql:")


@dataclass(frozen=True)
class Snapshot:
    """The database of one moment: `stream` gives it, `size` is about how many bytes that will be, rows are counted by table."""

    stream: IO[bytes]
    size: int
    version: str
    rows: dict[str, int]


def size() -> int:
    """Bytes of the database at hand, about."""
    if connection.vendor == "sqlite":
        return Path(connection.settings_dict["NAME"]).stat().st_size
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def snapshot() -> Any:
    """A context with a Snapshot of the database at hand."""
    return _of_sqlite() if connection.vendor == "sqlite" else _of_postgresql()


def count_rows() -> dict[str, int]:
    """Of every table of the database at hand."""
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        return {table: _count(cursor, table) for table in tables}


def _count(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
    return int(cursor.fetchone()[0])


@contextmanager
def _of_sqlite() -> Iterator[Snapshot]:
    """By a copy in VAR_DIR, as safe there as the database. What a killed run left is written over."""
    copy = Path(settings.VAR_DIR) / "backup-copy.sqlite3"
    copy.unlink(missing_ok=True)
    try:
        _copy(Path(connection.settings_dict["NAME"]), copy)
        with closing(sqlite3.connect(copy)) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            own = [name for name in tables if not name.startswith("sqlite_")]
            rows = {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in sorted(own)}
        with copy.open("rb") as stream:
            yield Snapshot(stream, copy.stat().st_size, sqlite3.sqlite_version, rows)
    finally:
        copy.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    """In one reading transaction: what is written meanwhile neither waits for it nor makes it begin anew."""
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, isolation_level=None)) as old,
        closing(sqlite3.connect(target)) as new,
        byte_bar(source.stat().st_size, "copying") as progress,
    ):
        target.chmod(0o600)
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()
        page = old.execute("PRAGMA page_size").fetchone()[0]
        old.backup(new, pages=PAGES, progress=lambda status, left, total: _tell(progress, (total - left) * page))


def _tell(progress: Any, done: int) -> None:
    progress.update(done - progress.n)


@contextmanager
def _of_postgresql() -> Iterator[Snapshot]:
    """The rows are counted in the very moment that is dumped."""
    check_tool("pg_dump", connection.pg_version // 10_000)  # type: ignore[attr-defined]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        moment = cursor.fetchone()[0]
        rows = count_rows()
        where, environment = _where(connection.settings_dict)
        command = ["pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--snapshot={moment}", *where]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as dump:
            yield Snapshot(dump.stdout, size(), str(connection.pg_version), rows)  # type: ignore[arg-type,attr-defined]
            if dump.wait():
                raise CommandError("pg_dump failed; what it said stands above. No backup was made.")


def check_tool(tool: str, server: int) -> None:
    """Raises CommandError unless the tool is there, and not older than the server's main version."""
    if not shutil.which(tool):
        raise CommandError(f"There is no {tool} here. Install the client of PostgreSQL {server} (postgresql-client-{server}).")
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
    own = int(re.search(r"\d+", said)[0])  # type: ignore[index]
    if own < server:
        raise CommandError(f"{tool} is of version {own}, the server of {server}. Install postgresql-client-{server}.")


def _where(database: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """How PostgreSQL's tools find a database; the password goes by the environment, where nobody else reads it."""
    arguments, environment = DatabaseClient.settings_to_cmd_args_env(database, [])
    *options, name = arguments[1:]
    return [*options, f"--dbname={name}"], os.environ | (environment or {})


# --- and back ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """A place for a database: a SQLite file, or an address of PostgreSQL."""

    url: str

    @property
    def is_postgresql(self) -> bool:
        return self.url.startswith(POSTGRESQL)

    def settings(self) -> dict[str, Any]:
        found = dict(Env.db_url_config(self.url))
        return {"OPTIONS": {}} | found | {"HOST": unquote(found["HOST"])}

    def is_empty(self) -> bool:
        """Raises CommandError if PostgreSQL does not answer."""
        return self._ask("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()") == "0"

    def server(self) -> int:
        return int(self._ask("SHOW server_version_num")) // 10_000

    def _ask(self, question: str) -> str:
        where, environment = _where(self.settings())
        command = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", f"--command={question}", *where]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CommandError(f"The database does not answer: {done.stderr.strip()}")
        return done.stdout.strip()

    def load(self, dump: Path) -> None:
        """In one transaction, in which what waits to be sent is held already: nothing is sent before somebody has looked."""
        where, environment = _where(self.settings())
        psql = ["psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", *where]
        unpack = ["pg_restore", "--no-owner", "--no-acl", "--file=-", str(dump)]
        with (
            subprocess.Popen(psql, env=environment, stdin=subprocess.PIPE) as into,
            subprocess.Popen(unpack, stdout=subprocess.PIPE) as out,
            byte_bar(0, "loading") as progress,
        ):
            _pipe(out, into, progress, without=_OF_17 if self.server() < 17 else b"")
        if into.returncode or out.returncode:
            raise CommandError("PostgreSQL refused it; what it said stands above. The database is as it was before.")


def _pipe(out: Any, into: Any, progress: Any, without: bytes) -> None:
    """Ends with COMMIT only if everything came through; `without` something at its beginning."""
    try:
        into.stdin.write(b"BEGIN;\n")
        block = out.stdout.read(1 << 20).replace(without, b"")
        while block:
            into.stdin.write(block)
            progress.update(len(block))
            block = out.stdout.read(1 << 20)
        if out.wait() == 0:
            into.stdin.write(f"{_HOLD}\nCOMMIT;\n".encode())
        into.stdin.close()
    except BrokenPipeError:  # psql ended, and said why
        out.kill()


_OF_17 = b"SET transaction_timeout = 0;\n"  # newer tools write it for every server; an older one stops at it
_HOLD = (
    f"RESET search_path; UPDATE {Message._meta.db_table} SET status = '{Message.Status.HELD}', leased_until = NULL "
    f"WHERE status = '{Message.Status.WAITING}' AND leave_at <= now();"
)
