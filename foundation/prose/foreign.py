"""Foreign HTML made ours: the one place. What a browser shows as apart stays apart, and no words or numbers are joined.

The text is parsed as browsers do and built anew from its words, so nothing outside our subset
gets through. The twin for the editor's paste is `static/js/admin-paste.js`; both answer to the same cases in the tests.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from foundation.prose import styles
from foundation.prose.blocks import (
    LISTS,
    MOST_COLUMNS,
    MOST_ROWS,
    Block,
    Run,
    in_a_line,
    link_mark,
    place_cells,
    scripts_as_signs,
    span,
    tidy,
    to_html,
)
from foundation.prose.parsing import APART, MATHS, PLACED, SCHEMES, VOID, parse
from foundation.prose.styles import Style
from foundation.prose.typed import code

DEEPEST = 12  # nested lists, quotations and tables that are kept

AS_HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
HOLDERS = {"ul": "ul", "menu": "ul", "dir": "ul", "ol": "ol", "li": "li", "blockquote": "blockquote"}
HOLDERS |= {"tr": "tr", "td": "td", "th": "td"}
PICTURES = {"img", "embed", "area"}
SHOWING = {"text", "search", "number", "tel", "url", "email", "date", "time", "month", "week", "datetime-local", ""}  # inputs
AROUND = {"q": ("“", "”"), "rt": (" (", ")"), "msqrt": ("√(", ")")}


@dataclass
class Conversion:
    """`html` is the text in our subset; the rest is what whoever brought it should know."""

    html: str = ""
    tables: int = 0  # that became lines
    struck: list[str] = field(default_factory=list)  # words that were deleted or struck out
    links: list[str] = field(default_factory=list)  # addresses that were dropped
    pictures: int = 0


def convert(html: str) -> Conversion:
    """Foreign HTML in our subset. Doing it again changes nothing."""
    reader = _Reader()
    reader.feed(parse(html))
    reader.close()
    return reader.result()


def address(href: str) -> str:
    """The address of a link as it is kept: on this site, or with a scheme of `SCHEMES`; "" for all others, and for `//host`."""
    href = code(href)
    if re.match(r"www\.[^/]+\.", href, re.IGNORECASE):
        href = f"https://{href}"
    if href.startswith(("//", "/\\")):
        return ""
    try:
        return href if href.startswith(("/", "#")) or urlsplit(href).scheme in SCHEMES else ""
    except ValueError:
        return ""


@dataclass
class _Tag:
    """An open tag of the foreign text, and what holds inside it."""

    name: str
    marks: tuple[str, ...] = ()
    kind: str = "p"  # of the blocks in it
    unseen: bool = False
    struck: bool = False
    raw: bool = False  # line breaks count
    block: bool = False
    laid_out: bool = False  # each tag directly inside is a block
    holder: bool = False
    parts: int = 0  # tags directly inside so far
    lines: int = 0  # of a table
    spanning: dict[int, int] = field(default_factory=dict)  # of a table: columns, and rows to come in which they are taken


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Conversion()
        self.open = [_Tag("")]
        self.holders = [Block("")]
        self.runs: list[Run] = []

    def result(self) -> Conversion:
        while len(self.open) > 1:
            self.handle_endtag(self.open[-1].name)
        self._end_block()
        self.found.html = to_html(self.holders[0].children)
        self.found.struck = [words for text in self.found.struck if (words := " ".join(text.split()))]
        return self.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in VOID:
            self._put_void(tag, given)
            return
        inside = _inside(self.open[-1], tag, given)
        if inside.block:
            self._end_block()
        if tag in HOLDERS and not inside.unseen and not inside.struck and len(self.holders) <= DEEPEST:
            self._hold(inside, given)
        if inside.struck and not self.open[-1].struck:
            self.found.struck.append("")
        self.open[-1].parts += 1
        self.open.append(inside)
        self._link(given.get("href", ""))
        self._say(_between(self.open[-2]))
        self._say(" " if tag in APART else AROUND.get(tag, [""])[0])

    def handle_endtag(self, tag: str) -> None:
        if tag != self.open[-1].name:
            return
        self._say(" " if tag in APART else AROUND.get(tag, ["", ""])[1])
        if self.open[-1].block:
            self._end_block()
        ended = self.open.pop()
        if ended.holder:
            holder = self.holders.pop()
            if holder.tag == "tr":
                self._end_row(holder)

    def handle_data(self, data: str) -> None:
        if self.open[-1].struck:
            self.found.struck[-1] += data
        else:
            self._say(re.sub(r"[\t\f]", " ", data) if self.open[-1].raw else re.sub(r"[ \t\n\r\f]+", " ", data))

    def _say(self, text: str) -> None:
        inside = self.open[-1]
        if text and not (inside.unseen or inside.struck):
            self.runs.append((inside.marks, text))

    def _link(self, href: str) -> None:
        """Marks what follows, in the tag just opened, as a link, or notes the address that is dropped."""
        inside, kept = self.open[-1], address(href)
        if kept and not inside.unseen and not inside.struck:
            inside.marks = (*inside.marks, link_mark(kept))
        elif href and inside.name == "a":
            self.found.links.append(href)

    def _put_void(self, tag: str, given: dict[str, str]) -> None:
        inside = _inside(self.open[-1], tag, given)
        if tag == "hr":
            self._end_block()
        elif tag == "br":
            self._say("\n")
        elif tag == "input" and given.get("type", "").lower() in SHOWING and not inside.unseen:
            self._say(f" {given.get('value', '')} ")
        elif tag != "wbr":
            self._say(" ")
            self.found.pictures += tag in PICTURES and not inside.unseen

    def _hold(self, inside: _Tag, given: dict[str, str]) -> None:
        """Opens a block that holds others; where none of its kind may stand, with an item or a list around it."""
        tag, here = HOLDERS[inside.name], self.holders[-1]
        block = Block(tag, across=span(given.get("colspan", ""), MOST_COLUMNS), down=span(given.get("rowspan", ""), MOST_ROWS))
        if tag == "li" and here.tag not in LISTS:
            if not (here.children and here.children[-1].tag == "ul"):
                here.children.append(Block("ul"))
            here = here.children[-1]
        elif tag != "li" and here.tag in LISTS:
            if not here.children:
                here.children.append(Block("li"))
            here = here.children[-1]
        if tag != "tr":
            here.children.append(block)
        self.holders.append(block)
        inside.holder = True

    def _end_block(self) -> None:
        runs, self.runs = tidy(scripts_as_signs(self.runs)), []
        if not runs:
            return
        here, block = self.holders[-1], Block(self.open[-1].kind, runs)
        here.children.append(Block("li", children=[block]) if here.tag in LISTS else block)

    def _end_row(self, row: Block) -> None:
        """A row becomes a line; one with a single cell is no table's."""
        table = next((tag for tag in reversed(self.open) if tag.name == "table"), self.open[0])
        row.children = place_cells(row.children, table.spanning)
        here = self.holders[-1]
        if len(row.children) == 1:
            here.children += row.children[0].children
            return
        runs = in_a_line(row)
        if runs:
            here.children.append(Block("p", runs))
            table.lines += 1
            self.found.tables += table.lines == 1


def _inside(outer: _Tag, name: str, given: dict[str, str]) -> _Tag:
    style = styles.parse(given.get("style", ""))
    raw = styles.keeps_lines(name, style)
    return _Tag(
        name,
        marks=_marks(outer, name, style),
        kind=AS_HEADINGS.get(name, "p" if name in HOLDERS else outer.kind),
        unseen=outer.unseen or "hidden" in given or styles.is_hidden(style),
        struck=outer.struck or styles.is_struck(name, style) or "strike" in given.get("notation", ""),
        raw=outer.raw if raw is None else raw,
        laid_out=styles.lays_out(style),
        block=name in HOLDERS or outer.laid_out or styles.is_block(name, style),
    )


def _between(outer: _Tag) -> str:
    """What stands before the latest part of a formula, so that its numbers are not joined."""
    if outer.parts < 2:
        return ""
    return "/" if outer.name == "mfrac" else " " if outer.name in PLACED else ""


def _marks(outer: _Tag, name: str, style: Style) -> tuple[str, ...]:
    marks = outer.marks
    for mark, wanted in (("strong", styles.is_bold(name, style)), ("em", styles.is_slanted(name, style))):
        if wanted is False:
            marks = tuple(own for own in marks if own != mark)
        elif wanted and mark not in marks:
            marks = (*marks, mark)
    part = dict(enumerate(MATHS.get(outer.name, [])))
    script = styles.script(name, style) or part.get(outer.parts, "")
    return (*marks, script) if script else marks
