"""`make bench`: measures everything, one part after the other, and writes `bench/results.md`.

    python -m bench                      all of it (twelve minutes with ROUNDS=3)
    python -m bench serving growth       only these parts; the results are printed and no file is written
    ROUNDS=1 python -m bench             a quick look

A part is a module of this folder that can be run alone (`python -m bench.serving`). It prints what it measured for people; a line that begins with
`must show` (`bench.figures.Figure`) is also put into the table of ratios; and it ends with a fault if it could not measure, or
if a limit of its own is missed. Each gets an empty folder for what a site writes. Ratios of one run are worth quoting; the
absolute figures belong to the machine and its day.
"""

import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.figures import Figure, read

HERE = Path(__file__).resolve().parent
SQLITE = ("SQLite", (), {"DATABASE_URL": ""})
POSTGRESQL = ("PostgreSQL", (sys.executable, "tests/postgres.py"), {})
DURABLE = ("PostgreSQL", (sys.executable, "tests/postgres.py"), {"DURABLE": "1"})  # commits wait for the disk
PARTS = {
    "serving": [SQLITE],
    "proxied": [SQLITE],
    "wagtail": [SQLITE, POSTGRESQL],
    "growth": [SQLITE, POSTGRESQL],
    "queue_growth": [POSTGRESQL],
    "staff": [SQLITE],
    "submit": [DURABLE],
    "pages": [SQLITE],
    "coach": [SQLITE],
}


@dataclass(frozen=True)
class Result:
    """What a part printed on a database, and whether it ended well."""

    part: str
    database: str
    printed: str
    well: bool

    @property
    def figures(self) -> list[Figure]:
        """Those with a limit among them."""
        return read(self.printed)


def main(asked: list[str]) -> int:
    """1 if something that must show does not, or a part could not measure."""
    unknown = set(asked) - set(PARTS)
    if unknown:
        sys.exit(f"No such part: {', '.join(unknown)}. There are {', '.join(PARTS)}.")
    results = [run(part, *way) for part in asked or PARTS for way in PARTS[part]]
    text = report(results)
    if asked:
        print(text.partition("\n## ")[0])
    else:
        (HERE / "results.md").write_text(text, encoding="utf-8")
        print("Written: bench/results.md")
    return int(not all(result.well and all(figure.met for figure in result.figures) for result in results))


def run(part: str, database: str, prefix: tuple[str, ...], more: dict[str, str]) -> Result:
    """Runs a part by itself, and shows what it prints."""
    print(f"== {part}, {database} ==", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        done = subprocess.run(
            [*prefix, sys.executable, "-m", f"bench.{part}"],
            cwd=HERE.parent,
            env=os.environ | {"VAR_DIR": folder} | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    print(done.stdout, flush=True)
    return Result(part, database, done.stdout, done.returncode == 0)


def report(results: list[Result]) -> str:
    """The page of results: ratios first, then what every part printed."""
    lines = ["# Measured, side by side", "", f"{surroundings()}", ""]
    lines += ["Ratios of this run; `python -m bench` measures anew and says how (`bench/`).", ""]
    lines += ["| must show | what | database | measured | wanted | met |", "| --- | --- | --- | ---: | ---: | --- |"]
    rows = [(figure, result.database) for result in results for figure in result.figures]
    for figure, database in sorted(rows, key=lambda row: row[0].show):
        side = "≥" if figure.least else "≤"
        met = "yes" if figure.met else "**no**"
        name = figure.name.replace("|", "\\|")
        lines.append(f"| {figure.show} | {name} | {database} | {figure.value:.2f} | {side} {figure.limit:g} | {met} |")
    for result in results:
        if not result.well:
            lines.append(f"| | the part “{result.part}”, below, ended with a fault | {result.database} | | | **no** |")
    for result in results:
        ended = "" if result.well else "\n\nThis part ended with a fault."
        lines += ["", f"## {result.part}, {result.database}", "", f"```text\n{result.printed.strip()}\n```{ended}"]
    return "\n".join(lines) + "\n"


def surroundings() -> str:
    """The machine and the versions, in one sentence."""
    names = {"Django": "django", "granian": "granian", "psycopg": "psycopg"}
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(package)}" for name, package in names.items())]
    for command, option in (("nginx", "-v"), ("postgres", "--version"), ("wrk", "-v")):
        versions.append(said(command, option))
    cores = f"{os.cpu_count()} cores{processor()}"
    return f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC. {', '.join(versions)}; {platform.system()}, {cores}."


def said(command: str, option: str) -> str:
    """Name and version, as a program tells them."""
    if command == "postgres":
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
        command = str(found[-1]) if found else command
    try:
        done = subprocess.run([command, option], capture_output=True, text=True, check=False)
    except OSError:
        return f"no {command}"
    first = (done.stdout + done.stderr).splitlines()[0]
    words = first.replace("nginx version: nginx/", "nginx ").replace("(PostgreSQL)", "").split()
    return " ".join(words[:2]).replace("postgres", "PostgreSQL")


def processor() -> str:
    """Its name in parentheses, where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((f" ({line.partition(': ')[2]})" for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
