"""Long text in our small subset of HTML, as blocks of runs, and its one way to be written. Here alone stands what it may hold.

What the editor offers follows from it (`text.EXTENSIONS`); what it pastes is in `static/js/admin-paste.js`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import groupby, takewhile

from foundation.prose.typed import is_blank

HEADINGS, LISTS = {"h3", "h4"}, {"ul", "ol"}
WORD_BLOCKS = {"p", "li", "blockquote", *HEADINGS}  # that hold words
BLOCK_TAGS = WORD_BLOCKS | LISTS
TAGS = BLOCK_TAGS | {"strong", "em", "a", "br", "sup", "sub"}  # all that a text may hold
CELLS, IN_A_CELL = " | ", "; "  # between the cells of a row, and between the blocks of a cell
MOST_COLUMNS, MOST_ROWS = 50, 1000  # that one cell takes
_FIGURES = "0123456789+-\u2010\u2011\u2212\u2013=()"
_SIGNS = {
    "sup": str.maketrans(_FIGURES, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁻⁻⁼⁽⁾"),
    "sub": str.maketrans(_FIGURES, "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₋₋₌₍₎"),
}

Run = tuple[tuple[str, ...], str]  # the tags around it (a link with its address), outermost first, and words; "\n" is a `<br>`


@dataclass(eq=False)
class Block:
    """A paragraph or heading with its `runs`, or what holds other blocks: a list, its items, a quotation; a row, its cells."""

    tag: str
    runs: list[Run] = field(default_factory=list)
    children: list["Block"] = field(default_factory=list)
    across: int = 1  # columns of a cell
    down: int = 1  # rows of a cell


def link_mark(address: str) -> str:
    """The tag around words that lead somewhere."""
    quoted = escape(address, quote=False).replace('"', "&quot;").replace("\xa0", "&nbsp;")
    return f'a href="{quoted}"'


def tidy(runs: list[Run]) -> list[Run]:
    """Without needless space, breaks at the ends, and tags around nothing but space; no runs if there is nothing to see."""
    if is_blank("".join(text for _marks, text in runs)):
        return []
    kept: list[Run] = []
    for run in _pieces(runs):
        before = kept[-1][1] if kept else "\n"
        if run[1] == "\n" and before == " ":
            kept[-1] = run
        elif run[1][0] == " " and before not in " \n":
            kept.append((run[0], " "))
        elif run[1][0] != " " and (kept or run[1] != "\n"):
            kept.append(run)
    return list(_spaced(kept))


def _pieces(runs: list[Run]) -> Iterator[Run]:
    return ((marks, piece) for marks, text in runs for piece in re.findall(r" +|\n|[^ \n]+", text))


def _spaced(runs: list[Run]) -> Iterator[Run]:
    """With each space and break within the tags that the words before and after it share; none at the end."""
    before: tuple[str, ...] = ()
    waiting: list[str] = []
    for marks, text in runs:
        if text in " \n":
            waiting.append(text)
            continue
        yield from ((_shared(before, marks), space) for space in waiting)
        waiting, before = [], marks
        yield marks, text


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(mine for mine, its in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def scripts_as_signs(runs: list[Run]) -> list[Run]:
    """Raised and lowered figures as the characters that say so everywhere: 10⁹, H₂O. What has none keeps its tag."""
    found: list[Run] = []
    for outermost, group in groupby(runs, lambda run: next(_scripts(run), "")):
        same = list(group)
        while outermost and all(
            [*_scripts(run)][:2] == [outermost] * 2 for run in same
        ):  # a tag and a style that say the same
            same = [_lower(run, outermost) for run in same]
        if outermost and all(_fits(run, outermost) for run in same):
            signs = _SIGNS[outermost]
            same = [(tuple(mark for mark in marks if mark != outermost), text.translate(signs)) for marks, text in same]
        found += same
    return found


def _lower(run: Run, script: str) -> Run:
    place = run[0].index(script)
    return run[0][:place] + run[0][place + 1 :], run[1]


def _scripts(run: Run) -> Iterator[str]:
    return (mark for mark in run[0] if mark in _SIGNS)


def _fits(run: Run, script: str) -> bool:
    """Whether each letter has a raised or lowered form; a script upon a script has none."""
    return list(_scripts(run)) == [script] and all(letter in " \n" or ord(letter) in _SIGNS[script] for letter in run[1])


def place_cells(cells: list[Block], spanning: dict[int, int]) -> list[Block]:
    """The cells of a row by their columns, empty ones where another of this row or of one above reaches."""
    row: list[Block] = []
    for cell in cells:
        while spanning.get(len(row)):
            spanning[len(row)] -= 1
            row.append(Block("td"))
        for own in [cell, *(Block("td") for _column in range(cell.across - 1))]:
            if cell.down > 1:
                spanning[len(row)] = cell.down - 1
            row.append(own)
    for column in [column for column in spanning if column >= len(row) and spanning[column]]:
        spanning[column] -= 1
    while row and row[-1] not in cells:
        row.pop()
    return row


def span(given: str, most: int) -> int:
    found = re.match(r"\s*(\d{1,6})", given, re.ASCII)
    return max(1, min(most, int(found[1]))) if found else 1


def in_a_line(row: Block) -> list[Run]:
    """The cells of a row apart on one line, each at its place; nothing if all are empty."""
    cells = [list(_flat(cell)) for cell in row.children]
    joined = [run for place, cell in enumerate(cells) for run in ([((), CELLS)] if place else []) + cell]
    return tidy(joined) if any(cells) else []


def _flat(block: Block) -> Iterator[Run]:
    """The runs of all blocks in a cell; where one begins after another that does not end with a sign, something to see."""
    last = ""
    for marks, text in [*block.runs, *(run for child in block.children for run in [((), "\n"), *_flat(child)])]:
        if text == "\n":
            last = last and "\n"
            continue
        if last == "\n":
            yield (), IN_A_CELL
        last = text
        yield marks, text


def to_html(blocks: list[Block]) -> str:
    return "".join(_block_to_html(block) for block in blocks)


def _block_to_html(block: Block) -> str:
    if block.tag not in LISTS | {"li", "blockquote"}:
        return f"<{block.tag}>{_inline(block.runs)}</{block.tag}>"
    pairs = [(child, html) for child in block.children if (html := _block_to_html(child))]
    shown, inner = [child for child, _html in pairs], [html for _child, html in pairs]
    if block.tag == "li" and shown and shown[0].tag == "p" and (len(shown) == 1 or shown[1].tag in LISTS):
        inner[0] = _inline(shown[0].runs)  # a paragraph needs no tag if nothing follows but lists
    return f"<{block.tag}>{''.join(inner)}</{block.tag}>" if inner else ""


def _inline(runs: list[Run]) -> str:
    parts: list[str] = []
    opened: tuple[str, ...] = ()
    for marks, text in [*runs, ((), "")]:
        same = len(_shared(opened, marks))
        parts += [f"</{mark.partition(' ')[0]}>" for mark in reversed(opened[same:])]
        parts += [f"<{mark}>" for mark in marks[same:]]
        parts.append("<br>" if text == "\n" else escape(text, quote=False).replace("\xa0", "&nbsp;"))
        opened = marks
    return "".join(parts)
