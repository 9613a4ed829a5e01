"""Long text in our small subset of HTML, as blocks of runs, and its one way to be written. Here alone stands what it may hold.

What the editor offers follows from it (`text.EXTENSIONS`); what it pastes is in `static/js/admin-paste.js`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import groupby, takewhile

from foundation.prose.typed import is_blank

HEADINGS, LISTS, CELLS = {"h3", "h4"}, {"ul", "ol"}, {"th", "td"}
WORD_BLOCKS = {"p", "caption", *HEADINGS}  # that hold words
HOLDERS = {"li", "blockquote", "table", "tr", *LISTS, *CELLS}  # that hold other blocks
BLOCK_TAGS = WORD_BLOCKS | HOLDERS
TAGS = BLOCK_TAGS | {"strong", "em", "a", "br", "sup", "sub"}  # all that a text may hold
_FIGURES = "0123456789+-\u2010\u2011\u2212\u2013=()"
_SIGNS = {"sup": str.maketrans(_FIGURES, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁻⁻⁼⁽⁾"), "sub": str.maketrans(_FIGURES, "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₋₋₌₍₎")}

Run = tuple[tuple[str, ...], str]  # the tags around it (a link with its address), outermost first, and words; "\n" is a `<br>`


@dataclass(eq=False)
class Block:
    """A paragraph, heading or caption with its `runs`, or what holds other blocks (`HOLDERS`)."""

    tag: str
    runs: list[Run] = field(default_factory=list)
    children: list["Block"] = field(default_factory=list)
    start: int = 1  # the number of a list's first item
    across: int = 1  # columns of a cell in foreign HTML
    down: int = 1  # rows of a cell in foreign HTML

    @property
    def is_empty(self) -> bool:
        return not self.runs and all(child.is_empty for child in self.children)

    def words(self) -> str:
        """On one line, what is apart stays apart."""
        own = "".join(text for _marks, text in self.runs)
        return " ".join(" ".join([own, *(child.words() for child in self.children)]).split())


def link_mark(address: str) -> str:
    """The tag around words that lead somewhere."""
    quoted = escape(address, quote=False).replace('"', "&quot;").replace("\xa0", "&nbsp;")
    return f'a href="{quoted}"'


def tidy(runs: list[Run]) -> list[Run]:
    """Without needless space, breaks at the ends, and tags around nothing but space; no runs if there is nothing to see."""
    if is_blank("".join(text for _marks, text in runs)):
        return []
    kept: list[Run] = []
    for run in ((marks, piece) for marks, text in runs for piece in re.findall(r" +|\n|[^ \n]+", text)):
        before = kept[-1][1] if kept else "\n"
        if run[1] == "\n" and before == " ":
            kept[-1] = run
        elif run[1][0] == " " and before not in " \n":
            kept.append((run[0], " "))
        elif run[1][0] != " " and (kept or run[1] != "\n"):
            kept.append(run)
    return list(_spaced(kept))


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
        # A tag and a style that say the same.
        while outermost and all([*_scripts(run)][:2] == [outermost] * 2 for run in same):
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


def add_item(holder: Block, level: int, number: int | None, block: Block) -> None:
    """Appends an item to the list that `holder` ends with, `level` deep, or begins one; without a `number` it is a bullet's."""
    for _level in range(level - 1):
        last = holder.children[-1] if holder.children else None
        if not (last and last.tag in LISTS and last.children):
            break
        holder = last.children[-1]
    tag, last = ("ul" if number is None else "ol"), (holder.children[-1] if holder.children else None)
    if not (last and last.tag == tag and number in {None, last.start + len(last.children)}):
        holder.children.append(Block(tag, start=1 if number is None else number))
    holder.children[-1].children.append(Block("li", children=[block]))


def is_all(runs: list[Run], mark: str) -> bool:
    return all(mark in marks or not text.strip() for marks, text in runs)


def without_mark(runs: list[Run], mark: str) -> list[Run]:
    return tidy([(tuple(each for each in marks if each != mark), text) for marks, text in runs])


def without_start(runs: list[Run], length: int) -> list[Run]:
    """Less the first `length` letters."""
    left: list[Run] = []
    for marks, text in runs:
        cut = min(length, len(text))
        length -= cut
        left += [(marks, text[cut:])] if text[cut:] else []
    return left


TableWriter = Callable[[Block, list[str]], str]  # of the table, and the HTML of its caption and rows


def to_html(blocks: list[Block], table: TableWriter | None = None) -> str:
    """`table` writes tables otherwise than they are stored."""
    return "".join(_block_to_html(block, table) for block in blocks)


def _block_to_html(block: Block, table: TableWriter | None) -> str:
    if block.tag not in HOLDERS:
        return f"<{block.tag}>{_inline(block.runs)}</{block.tag}>"
    pairs = [(child, html) for child in block.children if (html := _block_to_html(child, table))]
    shown, inner = [child for child, _html in pairs], [html for _child, html in pairs]
    if block.tag in {"li", *CELLS} and shown and shown[0].tag == "p" and (len(shown) == 1 or shown[1].tag in LISTS):
        inner[0] = _inline(shown[0].runs)  # a paragraph needs no tag if nothing follows but lists
    if block.tag == "table" and table:
        return table(block, inner)
    start = f' start="{block.start}"' if block.tag == "ol" and block.start != 1 else ""
    return f"<{block.tag}{start}>{''.join(inner)}</{block.tag}>" if inner or block.tag in CELLS else ""


def _inline(runs: list[Run]) -> str:
    parts: list[str] = []
    opened: tuple[str, ...] = ()
    for marks, text in [*runs, ((), "")]:
        same = len(_shared(opened, marks))
        parts += [f"</{mark.partition(' ')[0]}>" for mark in reversed(opened[same:])]
        parts += [f"<{mark}>" for mark in marks[same:]]
        parts.append(len(text) * "<br>" if not text.strip("\n") else escape(text, quote=False).replace("\xa0", "&nbsp;"))
        opened = marks
    return "".join(parts)
