"""Plants faults, one after the other, and says which of them the tests catch: `make planted`.

`python -m tests.planted map` runs the whole suite on SQLite once and keeps which test runs which line (twice its usual time).
`python -m tests.planted` then plants each fault in a copy of the house and runs the tests that reach its line, until one fails.
`… a01 c03` plants these alone; `… check` only says whether each place is found; `--old` does the same in the house of before.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import coverage

from tests.planted.faults import FAULTS, NEW, OLD

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
MAPS = ROOT / "var" / "planted"
LONGEST = 600  # seconds for the tests of one fault
MOST = 150  # tests of one fault, spread over the files that reach it


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help="map, check, or the names of faults; none: all faults")
    parser.add_argument("--old", action="store_true", help=f"in the house of {OLD}")
    parser.add_argument("--tests", nargs="*", default=["tests"], help="for the map: these files alone")
    given = parser.parse_args()
    with house(given.old) as folder:
        if given.what == ["map"]:
            return make_map(folder, given.old, given.tests)
        wanted = [fault for fault in FAULTS if not set(given.what) - {"check"} or fault.name in given.what]
        lost = [fault.name for fault in wanted if not places(folder, fault, given.old)]
        if lost:
            print("No place in this house; write it into NEW in tests/planted/faults.py:", *lost)
        if "check" in given.what:
            return bool(lost)
        return try_all(folder, [fault for fault in wanted if fault.name not in lost], given.old)


@contextmanager
def house(old):
    """A copy of the tree, of now or of before, that may be spoiled."""
    with tempfile.TemporaryDirectory(prefix="portal-planted-") as name:
        folder = Path(name) / "house"
        if old:
            folder.mkdir()
            packed = subprocess.run(["git", "archive", OLD], cwd=ROOT, check=True, capture_output=True)
            subprocess.run(["tar", "x"], cwd=folder, input=packed.stdout, check=True)
        else:
            aside = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache")
            shutil.copytree(ROOT, folder, ignore=aside, symlinks=True)
        yield folder


def pytest(folder, *words, before=(), timeout=None):
    command = [sys.executable, *before, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *words]
    environment = {**os.environ, "DATABASE_URL": "", "PYTHONPATH": str(HERE)}
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True, timeout=timeout)


def file_of_map(old):
    return MAPS / ("old" if old else "new")


def make_map(folder, old, tests):
    MAPS.mkdir(parents=True, exist_ok=True)
    data = file_of_map(old)
    before = ["-m", "coverage", "run", f"--data-file={data}", f"--source={','.join(rooms(folder))}"]
    done = pytest(folder, "-p", "contexts", "-m", "not browser", *tests, before=before)
    print(done.stdout[-500:])
    kept = coverage.CoverageData(str(data))
    kept.read()
    (MAPS / f"{data.name}.folder").write_text(str(folder))
    return done.returncode


def rooms(folder):
    return sorted(path.parent.name for path in folder.glob("*/__init__.py") if path.parent.name not in {"tests", "bench"})


def places(folder, fault, old):
    """[(file, right, wrong)] of a fault in this house; [] where one of them is not found exactly once."""
    before = [(fault.path, fault.right, fault.wrong), *fault.also]
    found = [NEW[fault.name]] if fault.name in NEW and not old else before
    return [place for each in found for place in stands(folder, *each)] if all(stands(folder, *e) for e in found) else []


def stands(folder, path, right, wrong):
    """Where the text is: at its path, or in the one other file of the product that has it."""
    files = [folder / path] if (folder / path).exists() else []
    for candidates in (files, [file for room in rooms(folder) for file in sorted((folder / room).rglob("*.py"))]):
        holding = [file for file in candidates if file.read_text().count(right) == 1]
        if len(holding) == 1:
            return [(holding[0], right, wrong)]
    return []


def tests_of(folder, old, place):
    """The tests that run the line: those of its file and room first, of each test file some."""
    file, right, _wrong = place
    data = coverage.CoverageData(str(file_of_map(old)))
    data.read()
    measured = (MAPS / f"{file_of_map(old).name}.folder").read_text() + "/" + str(file.relative_to(folder))
    text = file.read_text()
    first = text[: text.index(right)].count("\n") + 1
    contexts = data.contexts_by_lineno(measured)
    lines = range(first, first + right.strip("\n").count("\n") + 1)
    found = sorted({name for line in lines for name in contexts.get(line, []) if name})
    while not found and first > 1 and "def " not in text.splitlines()[first - 1]:
        first -= 1  # a statement of several lines is known by its first
        found = sorted(filter(None, contexts.get(first, [])))
    if not found:  # it runs when the module is loaded: a constant, a constraint, a class
        room = file.relative_to(folder).parts[0]
        found = [str(path.relative_to(folder)) for path in sorted((folder / "tests").glob(f"test_{room}_*.py"))]
    per_file = {}
    for test in found:
        per_file.setdefault(test.partition("::")[0], []).append(test)
    share = max(3, MOST // len(per_file))
    return [test for tests in per_file.values() for test in tests[:: max(1, len(tests) // share)]][:MOST]


def try_all(folder, faults, old):
    missed = []
    for fault in faults:
        begun = time.monotonic()
        found = places(folder, fault, old)
        kept = {file: file.read_text() for file, _right, _wrong in found}
        tests = list(dict.fromkeys(test for place in found for test in tests_of(folder, old, place)))
        try:
            for file, right, wrong in found:
                file.write_text(file.read_text().replace(right, wrong))
            word = run(folder, tests)
        finally:
            for file, text in kept.items():
                file.write_text(text)
        if not word.startswith("caught"):
            missed.append(fault.name)
        print(f"{fault.name}  {time.monotonic() - begun:4.0f} s of {len(tests):3} tests  {word}  ({fault.says})", flush=True)
    print(f"{len(faults) - len(missed)} of {len(faults)} caught. Missed: {', '.join(missed) or 'none'}")
    return bool(missed)


def run(folder, tests):
    try:
        done = pytest(folder, "-x", *tests, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return "caught: it never ends"
    if done.returncode == 0:
        return "MISSED"
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return f"caught by {failed[1]}" if failed else f"NOT RUN: {done.stdout[-300:]}{done.stderr[-300:]}"


if __name__ == "__main__":
    sys.exit(main())
