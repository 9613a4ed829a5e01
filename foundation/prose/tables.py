"""Tables of foreign HTML as ours: each row with as many cells, no cell over several, one caption, header cells."""

import re
from collections.abc import Iterator
from itertools import chain, zip_longest

from foundation.prose.blocks import HEADINGS, Block, Run, is_all, tidy, without_mark

BETWEEN_CELLS, IN_A_CELL = " | ", "; "  # in a row that became a line, and between the blocks of its cells
MOST_COLUMNS, MOST_ROWS = 50, 1000  # that one cell takes; a table with more columns becomes lines


def ours(table: Block) -> tuple[list[Block], list[Block]]:
    """What it becomes, and the tables that stood in its cells and are lines now.

    What only frames other things becomes these; of empty rows and columns nothing stays.
    """
    rows = [row for row in table.children if row.tag == "tr" and not row.is_empty]
    if any(len(row.children) > MOST_COLUMNS for row in rows):
        return lines(table), [table]
    around = [block for block in table.children if block.tag not in {"tr", "caption"}]
    captions = [block for block in table.children if block.tag == "caption"]
    if not captions and _is_caption(rows):
        captions = rows.pop(0).children[0].children
    caption = Block("caption", tidy([run for block in captions for run in [((), " "), *block.runs]]))
    if is_all(caption.runs, "strong"):
        caption.runs = without_mark(caption.runs, "strong")
    columns = [
        column
        for column in zip_longest(*(row.children for row in rows))
        if not all(cell is None or cell.is_empty for cell in column)
    ]
    if len(columns) < 2:
        caption.tag = "p"
        return [*_seen(caption), *around, *chain.from_iterable(cell.children for row in rows for cell in row.children)], []
    kept = [Block("tr", children=[cell or Block("td") for cell in cells]) for cells in zip(*columns, strict=True)]
    flattened = [block for row in kept for cell in row.children for block in _fit(cell)]
    _name_headers(kept)
    return [*around, Block("table", children=[*_seen(caption), *kept])], flattened


def _fit(holder: Block) -> list[Block]:
    """Makes headings and tables in a cell paragraphs and lines; returns these tables."""
    found = [block for block in holder.children if block.tag == "table"]
    holder.children = [new for block in holder.children for new in (lines(block) if block.tag == "table" else [block])]
    for block in holder.children:
        block.tag = "p" if block.tag in HEADINGS else block.tag
        found += _fit(block)
    return found


def _seen(block: Block) -> list[Block]:
    return [block] if block.runs else []


def _is_caption(rows: list[Block]) -> bool:
    """Whether one cell over all columns stands first, as Word, spreadsheets and our editor write it."""
    if len(rows) < 2 or len(rows[0].children[0].children) != 1 or rows[0].children[0].children[0].tag != "p":
        return False
    first, *others = rows[0].children
    widest = max(len(row.children) for row in rows[1:])
    return widest > 1 and all(cell.is_empty for cell in others) and (not others or first.across >= widest)


def _name_headers(rows: list[Block]) -> None:
    """Where no cell says that it is a header, a first row in bold does. What is a header needs no other weight."""
    cells = [cell for row in rows for cell in row.children]
    bold = [all(_is_bold(cell) for cell in row.children if not cell.is_empty) for row in rows]
    if bold[0] and not all(bold) and not any(cell.tag == "th" for cell in cells):
        for cell in rows[0].children:
            cell.tag = "th"
    for block in chain.from_iterable(cell.children for cell in cells if cell.tag == "th"):
        block.runs = without_mark(block.runs, "strong")


def _is_bold(cell: Block) -> bool:
    return all(block.runs and is_all(block.runs, "strong") for block in cell.children)


def lines(table: Block) -> list[Block]:
    """Where none of our tables may stand: each row a line, its cells apart. A row of one cell is only a frame."""
    found: list[Block] = []
    for block in table.children:
        if block.tag == "tr" and len(block.children) > 1:
            found += _seen(Block("p", _in_a_line(block)))
        elif block.tag == "tr":
            found += chain.from_iterable(cell.children for cell in block.children)
        else:
            found.append(Block("p", block.runs) if block.tag == "caption" else block)
    return found


def place_cells(cells: list[Block], spanning: dict[int, int]) -> list[Block]:
    """The cells of a row by their columns, empty ones where another of this row or of one above reaches."""
    row: list[Block] = []
    for cell in cells:
        while spanning.get(len(row)):
            spanning[len(row)] -= 1
            row.append(Block("td"))
        for own in [cell, *(Block(cell.tag) for _column in range(cell.across - 1))]:
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


def _in_a_line(row: Block) -> list[Run]:
    """Nothing if all cells are empty."""
    last = max((place for place, cell in enumerate(row.children) if not cell.is_empty), default=-1)
    cells = [list(_flat(cell)) for cell in row.children[: last + 1]]
    joined = [run for place, cell in enumerate(cells) for run in ([((), BETWEEN_CELLS)] if place else []) + cell]
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
