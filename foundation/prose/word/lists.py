"""The signs and numbers before the items of Word's lists, which the file does not hold: counted here as Word counts."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from foundation.prose.word.package import child, children, get

_ROMAN = {1000: "m", 900: "cm", 500: "d", 400: "cd", 100: "c", 90: "xc", 50: "l", 40: "xl", 10: "x", 9: "ix", 5: "v", 4: "iv", 1: "i"}  # fmt: skip


class Numbering:
    """Asked for each item in the order of the text. Levels count from 0."""

    def __init__(self, root: ET.Element | None) -> None:
        definitions = {get(each, "abstractNumId"): each for each in children(root, "abstractNum")}
        self.levels: dict[str, dict[int, ET.Element]] = {}
        self.list_of: dict[str, str] = {}  # a number of the file: the list that it goes on with
        self.starts: dict[tuple[str, int], int] = {}
        self.counts: dict[str, dict[int, int]] = {}
        self.begun: set[tuple[str, int]] = set()
        for each in children(root, "num"):
            key, definition = get(each, "numId"), get(child(each, "abstractNumId"))
            self.list_of[key] = definition
            self.levels[key] = {_whole(get(level, "ilvl")): level for level in children(definitions.get(definition), "lvl")}
            for override in children(each, "lvlOverride"):
                place, start, own = _whole(get(override, "ilvl")), child(override, "startOverride"), child(override, "lvl")
                if own is not None:
                    self.levels[key][place] = own
                if start is not None:
                    self.starts[key, place] = _whole(get(start))

    def marker(self, key: str, level: int) -> str:
        """What stands before the next item of the list `key`; "" if it is none."""
        found = self.levels.get(key, {}).get(level)
        if found is None or get(child(found, "numFmt")) == "none":
            return ""
        counts = self.counts.setdefault(self.list_of[key], {})
        if (key, level) in self.starts and (key, level) not in self.begun:
            counts.pop(level, None)
            self.begun.add((key, level))
            counts[level] = self.starts[key, level]
        else:
            counts[level] = counts[level] + 1 if level in counts else self._first(key, level)
        for deeper in [each for each in counts if each > level]:
            del counts[deeper]
        if get(child(found, "numFmt")) == "bullet":
            return "·"
        return "".join(self._written(key, counts, get(child(found, "lvlText"))))

    def _first(self, key: str, level: int) -> int:
        start = child(self.levels[key].get(level), "start")
        return _whole(get(start)) if start is not None else 1

    def _written(self, key: str, counts: dict[int, int], form: str) -> Iterator[str]:
        for part in re.split(r"(%[1-9])", form):
            if not re.fullmatch(r"%[1-9]", part):
                yield part
                continue
            level = int(part[1]) - 1
            number = counts.setdefault(level, self._first(key, level))
            yield _number(number, get(child(self.levels[key].get(level), "numFmt")))


def _number(number: int, form: str) -> str:
    if form in {"lowerLetter", "upperLetter"} and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form in {"lowerRoman", "upperRoman"} and 0 < number < 5000:
        left, written = number, ""
        for value, sign in _ROMAN.items():
            written, left = written + sign * (left // value), left % value
        return written if form == "lowerRoman" else written.upper()
    return f"{number:02}" if form == "decimalZero" else str(number)


def _whole(given: str) -> int:
    return int(given) if re.fullmatch(r"-?\d{1,6}", given, re.ASCII) else 0
