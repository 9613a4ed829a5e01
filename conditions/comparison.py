"""Two texts side by side, word by word. A text is what `Edition.clinical_text` gives: own fields, sections, sources."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html import unescape
from itertools import groupby, zip_longest
from typing import Any, NamedTuple

from django.contrib.admin.utils import label_for_field
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _, gettext_lazy

from conditions.models import TEXT_FIELDS, Edition, Section
from foundation.prose.blocks import LISTS, Block
from foundation.prose.tables import BETWEEN_CELLS, IN_A_CELL
from foundation.prose.text import read

SAME, GONE, NEW = "same", "gone", "new"
ADDED, REMOVED, CHANGED, MOVED, LAYOUT = "added", "removed", "changed", "moved", "layout"
STATES: dict[str, str | Promise] = {
    ADDED: gettext_lazy("Added"),
    REMOVED: gettext_lazy("Removed"),
    CHANGED: gettext_lazy("Changed"),
    MOVED: gettext_lazy("Moved"),
    LAYOUT: gettext_lazy("Same words, other layout"),
}


class Run(NamedTuple):
    """Words in a row that are on both sides (SAME), on the left alone (GONE) or on the right alone (NEW)."""

    kind: str
    words: str


class Row(NamedTuple):
    """One paragraph of each side, as runs; a side may be empty."""

    left: list[Run]
    right: list[Run]

    @property
    def differs(self) -> bool:
        return any(run.kind != SAME for run in self.left + self.right)


@dataclass
class Place:
    """A field, a section, or a source, and what became of it: keys of `STATES`, none if it is the same."""

    title: str
    rows: list[Row] = field(default_factory=list)
    states: list[str] = field(default_factory=list)

    @property
    def states_in_words(self) -> str:
        return ", ".join(str(STATES[state]) for state in self.states)


def compare(before: Sequence[Any], after: Sequence[Any]) -> list[Place]:
    """Every place of both texts, in the order of the page; removed sections and sources stand where they were."""
    labels = [label_for_field(name, Edition) for name in TEXT_FIELDS]
    own = [_place(capfirst(str(label)), old, new) for label, old, new in zip(labels, before[0][1:], after[0][1:], strict=True)]
    sections = _matched(before[1], after[1], key=lambda part: (part[0], part[1]), looser=lambda part: part[0])
    sources = _matched(before[2], after[2], key=lambda part: part[2] or part[0], looser=lambda part: part[0])
    return [
        *own,
        *(_part(old, new, moved, _heading, _section_lines) for old, new, moved in sections),
        *(_part(old, new, moved, _source_title, _source_lines) for old, new, moved in sources),
    ]


def changed(places: Sequence[Place]) -> list[Place]:
    return [place for place in places if place.states]


def blocks(html: str) -> list[str]:
    """Long text as plain lines, each row of a table one; an address follows its link's words, and an item its bullet."""
    return [line for block in read(html) for line in _lines(block)]


def _lines(block: Block, sign: str = "") -> list[str]:
    if block.tag == "tr":
        return [BETWEEN_CELLS.join(IN_A_CELL.join(_lines(cell)) for cell in block.children)]
    found = [" ".join(line.split()) for line in _with_addresses(block).split("\n")]
    for place, child in enumerate(block.children):
        number = f"{block.start}. " if block.start != 1 and not place else ""
        found += _lines(child, f"• {number}" if block.tag in LISTS else "")
    lines = [line for line in found if line]
    return [f"{sign}{lines[0]}", *lines[1:]] if lines else []


def _with_addresses(block: Block) -> str:
    found = ""
    for link, runs in groupby(block.runs, key=lambda run: next((mark for mark in run[0] if mark.startswith("a ")), "")):
        address = re.search('href="([^"]*)"', link)
        found += "".join(text for _marks, text in runs) + (f" [{unescape(address[1])}]" if address else "")
    return found


def _place(title: str, old: str, new: str) -> Place:
    rows = _rows(old.splitlines(), new.splitlines())
    return Place(title, rows, [CHANGED] if any(row.differs for row in rows) else [])


def _part(old: Any, new: Any, moved: bool, title: Any, lines: Any) -> Place:
    rows = _rows(lines(old) if old else [], lines(new) if new else [])
    if old is None or new is None:
        return Place(title(new or old), rows, [ADDED if old is None else REMOVED])
    states = [MOVED] if moved else []
    if any(row.differs for row in rows):
        states.append(CHANGED)
    elif list(old) != list(new):
        states.append(LAYOUT)
    return Place(title(new), rows, states)


def _heading(section: Any) -> str:
    return str(section[1] or Section.Kind(section[0]).label)


def _section_lines(section: Any) -> list[str]:
    kind, heading, body, picture, alt, caption = section
    pictured = [
        _("Picture: %(name)s") % {"name": picture[:8]} if picture else "",
        _("Read out as: %(words)s") % {"words": alt} if alt else "",
        _("Caption: %(words)s") % {"words": caption} if caption else "",
    ]
    return [str(heading or Section.Kind(kind).label), *blocks(body), *filter(None, pictured)]


def _source_title(source: Any) -> str:
    return _("Source: %(title)s") % {"title": source[0]}


def _source_lines(source: Any) -> list[str]:
    return [" · ".join(fact for fact in (source[0], source[1], source[3], *source[4:], source[2]) if fact)]


def _matched(before: list[Any], after: list[Any], *, key: Any, looser: Any) -> list[tuple[Any, Any, bool]]:
    """(old, new, whether it moved) in the order of the page; None on the side where it is missing."""
    partner = _partners(before, after, key, looser)
    kept = [partner[place] for place in range(len(after)) if place in partner]
    stayed = {match for block in SequenceMatcher(None, sorted(kept), kept, autojunk=False).get_matching_blocks()
              for match in kept[block.b : block.b + block.size]}  # fmt: skip
    found = [
        (before[partner[place]], part, partner[place] not in stayed) if place in partner else (None, part, False)
        for place, part in enumerate(after)
    ]
    for place in sorted(set(range(len(before))) - set(kept)):
        found.insert(min(place, len(found)), (before[place], None, False))
    return found


def _partners(before: list[Any], after: list[Any], key: Any, looser: Any) -> dict[int, int]:
    """The place in `before` of each part of `after` that was there: first by `key`, then by `looser`, in their order."""
    partner: dict[int, int] = {}
    for alike in (key, looser):
        free = [place for place in range(len(before)) if place not in partner.values()]
        for place, part in enumerate(after):
            match = next((old for old in free if alike(before[old]) == alike(part)), None)
            if place not in partner and match is not None:
                partner[place] = match
                free.remove(match)
    return partner


def _rows(old: list[str], new: list[str]) -> list[Row]:
    """Paragraph beside paragraph. Whole paragraphs are matched first, which keeps long texts quick."""
    found = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        pairs = zip_longest(old[a:b], new[c:d], fillvalue="")
        found += (
            [Row([Run(SAME, line)], [Run(SAME, line)]) for line in old[a:b]] if kind == "equal" else [_row(*p) for p in pairs]
        )
    return found


def _row(old: str, new: str) -> Row:
    left, right = old.split(), new.split()
    row = Row([], [])
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if a < b:
            row.left.append(Run(SAME if kind == "equal" else GONE, " ".join(left[a:b])))
        if c < d:
            row.right.append(Run(SAME if kind == "equal" else NEW, " ".join(right[c:d])))
    return row
