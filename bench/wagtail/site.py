"""The Wagtail site: its virtual environment, its content, its server."""

import os
import subprocess
import sys
import urllib.request
from importlib.metadata import version
from pathlib import Path

from bench.servers import bare, pinned
from tests.site import ROOT, Process, Site, free_port, own_database

HERE = Path(__file__).resolve().parent
PLACE = ROOT / "var" / "bench-wagtail"
SAME = ("django", "granian", "psycopg", "psycopg-pool")  # in the versions of ours
PASSWORD = "of a bench, for this machine"


class WagtailSite(Site):
    """Run by the Python of its own virtual environment."""

    def python(self, *words: str) -> str:
        return run([str(PLACE / "bin" / "python"), *words], self.environment)

    def manage(self, *words: str) -> str:
        return self.python(str(HERE / "manage.py"), *words)

    def served(self, page: str, **more: str) -> tuple[str, Process]:
        """Another worker, with `more` in its environment: its address and its process. granian runs it as it runs ours."""
        address = f"http://127.0.0.1:{free_port()}"
        own = Site(address, self.environment | more, self.folder)
        process = own.web()
        _ours, *words = bare(process, "clinic.wsgi:application")
        process.command = [str(PLACE / "bin" / "granian"), *words]
        process.ready = lambda: urllib.request.urlopen(address + page, timeout=5).close()
        return address, pinned(process)


def made(folder: Path) -> WagtailSite:
    """A site with the content of our sample, not served yet, on the kind of database that DATABASE_URL says."""
    install()
    environment = os.environ | {
        "VAR_DIR": str(folder),
        "PYTHONPATH": str(HERE),
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
        "DATABASE_URL": own_database(os.environ.get("DATABASE_URL", "")),
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    site = WagtailSite("", environment, folder)
    site.manage("migrate", "--verbosity", "0")
    site.manage("fill", str(ROOT / "sample"))
    site.manage("createsuperuser", "--noinput", "--username", "admin", "--email", "admin@example.org")
    return site


def install() -> None:
    """Makes the virtual environment, once for the same requirements."""
    wanted = HERE.joinpath("requirements.txt").read_text() + "".join(f"{name}=={version(name)}\n" for name in SAME)
    stamp = PLACE / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    run([sys.executable, "-m", "venv", "--clear", str(PLACE)], dict(os.environ))
    requirements = PLACE / "requirements.txt"
    requirements.write_text(wanted.replace("psycopg==", "psycopg[binary]=="))
    run([str(PLACE / "bin" / "pip"), "install", "--quiet", "-r", str(requirements)], dict(os.environ))
    stamp.write_text(wanted)


def run(command: list[str], environment: dict[str, str]) -> str:
    """What a command prints. Ends with its words if it fails."""
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout
