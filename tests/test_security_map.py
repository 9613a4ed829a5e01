"""`docs/asvs.md` names every line of OWASP ASVS 5.0.0 of levels 1 and 2 once, and nothing in it or in SECURITY.md that is not there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = """
    1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 5.1:1 5.2:3 5.3:2 5.4:3
    6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4
    10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4
    13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2
"""  # how many lines of the two levels a section has: they are its first ones
LINES = [f"{name}.{number}" for name, most in re.findall(r"([\d.]+):(\d+)", SECTIONS) for number in range(1, int(most) + 1)]
STATES = {"held", "operator's", "not ours", "missing"}
ROW = re.compile(r"^\| (\d+\.\d+\.\d+[\d., to]*) \| ([^|]+) \| ([^|]+) \|(.*)\|$", re.MULTILINE)
MAP = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")


def lines(written):
    """The numbers meant by “1.2.6 to 1.2.8” or “5.4.1, 5.4.2”."""
    for part in written.split(", "):
        first, _to, last = part.partition(" to ")
        yield from LINES[LINES.index(first) : LINES.index(last or first) + 1]


def test_every_line_of_the_standard_stands_in_the_map_once():
    assert len(LINES) == 253
    assert sorted(line for written, *_rest in ROW.findall(MAP) for line in lines(written)) == sorted(LINES)


def test_every_state_is_one_of_four_and_what_is_missing_is_said():
    rows = ROW.findall(MAP)

    assert {state for _lines, _about, state, _where in rows} == STATES
    assert [written for written, _about, state, where in rows if (state == "missing") != ("missing:" in where)] == []
    assert [written for written, _about, state, where in rows if state != "not ours" and not where.strip()] == []


def test_every_path_and_test_that_the_map_names_is_there():
    named = set(re.findall(r"`([^`\s]+)`", MAP + (ROOT / "SECURITY.md").read_text(encoding="utf-8")))
    tests = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    }
    paths = {
        name
        for name in named
        if re.fullmatch(r"[\w.@-]+(/[\w.@-]+)*/?", name) and ("/" in name or name.endswith((".md", ".txt")))
    }

    assert {name for name in named if name.startswith("test_")} - tests == set()
    assert {path for path in paths if not (ROOT / path).exists()} == set()
