"""Foreign HTML made ours: the one place. What a browser shows as apart stays apart, and no words or numbers are joined.

The text is parsed as browsers do and built anew from its words, so nothing outside our subset gets through. What is pasted
into the editor comes here too (`adminkit.forms`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.utils.text import Truncator
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from foundation.prose import styles, tables
from foundation.prose.blocks import (
    HEADINGS,
    LISTS,
    Block,
    Run,
    add_item,
    is_all,
    link_mark,
    scripts_as_signs,
    tidy,
    to_html,
    without_mark,
    without_start,
)
from foundation.prose.parsing import APART, MATHS, PLACED, SCHEMES, VOID, parse
from foundation.prose.styles import Style
from foundation.prose.typed import code

_SIGN = "[·•▪◦●○■‣➢✓\uf0b7\uf0a7\uf0d8]"
_TYPED = re.compile(
    rf"(?:({_SIGN})[\xa0 ]+|([o§–-])(?:\xa0[\xa0 ]|[\xa0 ]\xa0)[\xa0 ]*|(\d{{1,4}})[.)](?:\xa0[\xa0 ]|[\xa0 ]\xa0)[\xa0 ]*)(?=\S)"
)
_NUMBER = re.compile(r"\(?(\d{1,4})[.)]?")


def add_paragraph(holder: Block, block: Block, marker: str, level: int) -> bool:
    """Appends a paragraph as an item to the list it belongs to. Not, if none begins, or its `marker` says more than our lists can."""
    marker = marker.strip()
    if level:
        number = _NUMBER.fullmatch(marker)
        if marker and not number and marker != "o" and any(sign.isalnum() for sign in marker):
            return False
        add_item(holder, level, int(number[1]) if number else None, block)
        return True
    typed = _TYPED.match("".join(text for _marks, text in block.runs))
    if not typed:
        return False
    block.runs = without_start(block.runs, typed.end())
    add_item(holder, 1, int(typed[3]) if typed[3] else None, block)
    return True


DEEPEST = 12  # nested lists, quotations and tables (each with its rows and cells) that are kept

AS_BLOCKS = {"h1": "h3", "h2": "h3", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4", "caption": "caption"}
HOLDERS = {"ul": "ul", "menu": "ul", "dir": "ul", "ol": "ol", "li": "li", "blockquote": "blockquote"}
HOLDERS |= {"table": "table", "tr": "tr", "td": "td", "th": "th"}
WEIGHTY = {*HEADINGS, "caption"}  # bold by themselves
GLOSSARY = "w"  # the class of links that our own pages make of words with a meaning
PICTURES = {"img", "embed", "area"}
SHOWING = {"text", "search", "number", "tel", "url", "email", "date", "time", "month", "week", "datetime-local", ""}  # inputs
AROUND = {"q": ("“", "”"), "rt": (" (", ")"), "msqrt": ("√(", ")")}


class Lost(StrEnum):
    """Why something of a foreign text is not, or not so, in ours."""

    STRUCK = "struck"  # deleted or struck out
    HIDDEN = "hidden"
    LINK = "link"  # an address that we do not keep
    PICTURE = "picture"
    SPAN = "span"  # a cell over several rows or columns, which stands in the first of them now
    LINES = "lines"  # a table in a cell, or too wide, whose rows are lines now
    # In Word files:
    FIELD = "field"  # words that Word computed or let people choose
    SIGN = "sign"  # a letter of a font for signs
    FOOTNOTE = "footnote"
    DRAWING = "drawing"  # a chart, a diagram, something of another program
    FORMULA = "formula"
    CONTENTS = "contents"  # a table of contents, an index
    MARGIN = "margin"  # what is above and below each page
    TITLE = "title"


@dataclass
class Loss:
    """`what` was lost, and some words of the paragraph that it stood in, or else of the one before."""

    why: Lost
    what: str
    near: str = ""


@dataclass
class Conversion:
    """`html` is the text in our subset; the rest is what whoever brought it should know."""

    html: str = ""
    lost: list[Loss] = field(default_factory=list)

    def of(self, why: Lost) -> list[Loss]:
        return [loss for loss in self.lost if loss.why == why and (loss.what or why == Lost.PICTURE)]


def convert(html: str) -> Conversion:
    """Foreign HTML in our subset. Doing it again changes nothing."""
    reader = _Reader(styles.sheet(html))
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
    marker: bool = False  # the sign or number before an item, as Word writes it
    level: int = 0  # of an item of a list, as Word writes it
    parts: int = 0  # tags directly inside so far
    spanning: dict[int, int] = field(default_factory=dict)  # of a table: columns, and rows to come in which they are taken


class _Reader(HTMLParser):
    def __init__(self, sheet: dict[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.sheet = sheet
        self.found = Conversion()
        self.open = [_Tag("")]
        self.holders = [Block("")]
        self.runs: list[Run] = []
        self.marker = ""  # of the item that began
        self.noted = 0  # losses that know where they stood
        self.near = ""

    def result(self) -> Conversion:
        while len(self.open) > 1:
            self.handle_endtag(self.open[-1].name)
        self._end_block()
        self._say_where(self.near)
        self.found.html = to_html(self.holders[0].children)
        for loss in self.found.lost:
            loss.what = " ".join(loss.what.split())
        return self.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        declared = [found for name in given.get("class", "").lower().split() if (found := self.sheet.get(name))]
        if declared:
            given["style"] = ";".join([*declared, given.get("style", "")])
        if tag in VOID:
            self._put_void(tag, given)
            return
        inside = _inside(self.open[-1], tag, given)
        if inside.block:
            self._end_block()
        if tag in HOLDERS and not inside.unseen and not inside.struck and len(self.holders) <= DEEPEST:
            self._hold(inside, given)
        if not (self.open[-1].struck or self.open[-1].unseen):
            begun = [(Lost.STRUCK, inside.struck), (Lost.HIDDEN, inside.unseen)]
            self.found.lost += [Loss(why, "") for why, is_so in begun if is_so]
        self.open[-1].parts += 1
        self.open.append(inside)
        if given.get("class") != GLOSSARY:
            self._link(given.get("href", ""))
        self._say(_between(self.open[-2]))
        self._say(" " if tag in APART else AROUND.get(tag, [""])[0])

    def handle_endtag(self, tag: str) -> None:
        if tag != self.open[-1].name:
            return
        self._say(" " if tag in APART else AROUND.get(tag, ["", ""])[1])
        if self.open[-1].block:
            self._end_block()
        if self.open.pop().holder:
            holder = self.holders.pop()
            if holder.tag == "tr":
                self._end_row(holder)
            elif holder.tag == "table":
                self._end_table(holder)

    def handle_data(self, data: str) -> None:
        inside = self.open[-1]
        if inside.struck or inside.unseen:
            self.found.lost[-1].what += data
        elif inside.marker:
            self.marker += data
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
            self.found.lost.append(Loss(Lost.LINK, href))

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
            if tag in PICTURES and not (inside.unseen or inside.struck):
                self.found.lost.append(Loss(Lost.PICTURE, given.get("alt", "")))

    def _hold(self, inside: _Tag, given: dict[str, str]) -> None:
        """Opens a block that holds others; where none of its kind may stand, with an item or a list around it."""
        tag, here = HOLDERS[inside.name], self.holders[-1]
        block = _holder(tag, given)
        if tag == "td" and any(outer.name == "thead" for outer in self.open):
            block.tag = "th"
        if tag == "li" and here.tag not in LISTS:
            if not (here.children and here.children[-1].tag == "ul"):
                here.children.append(Block("ul"))
            here = here.children[-1]
        elif tag == "li" and here.tag == "ol":
            here = self._count_on(here, given.get("value", ""))
        elif tag != "li" and here.tag in LISTS:
            if not here.children:
                here.children.append(Block("li"))
            here = here.children[-1]
        if tag not in {"table", "tr"}:  # which are placed when they end
            here.children.append(block)
        self.holders.append(block)
        inside.holder = True

    def _count_on(self, here: Block, value: str) -> Block:
        """The list that an item belongs to: another one, if the item has a number of its own that is not the next."""
        number = _number(value)
        if number in {None, here.start + len(here.children)}:
            return here
        here = Block("ol", start=number or 0)
        self.holders[-2].children.append(here)
        self.holders[-1] = here
        return here

    def _end_block(self) -> None:
        runs, self.runs = tidy(scripts_as_signs(self.runs)), []
        marker, self.marker = self.marker, ""
        if not runs:
            return
        here, inside = self.holders[-1], self.open[-1]
        block = Block(inside.kind if inside.kind != "caption" or here.tag == "table" else "p", runs)
        if block.tag in WEIGHTY and is_all(runs, "strong"):
            block.runs = runs = without_mark(runs, "strong")
        self.near = block.words()[:60]
        self._say_where(self.near)
        may_begin = inside.kind == "p" and here.tag not in (LISTS if inside.level else {*LISTS, "li"})
        if may_begin and add_paragraph(here, block, marker, inside.level):
            return
        block.runs = tidy([((), f"{marker.strip()} "), *runs]) if marker.strip() else runs
        here.children.append(Block("li", children=[block]) if here.tag in LISTS else block)

    def _say_where(self, near: str) -> None:
        for loss in self.found.lost[self.noted :]:
            loss.near = near
        self.noted = len(self.found.lost)

    def _end_row(self, row: Block) -> None:
        table = next((tag for tag in reversed(self.open) if tag.name == "table"), self.open[0])
        row.children = tables.place_cells(row.children, table.spanning)
        self.holders[-1].children.append(row)

    def _end_table(self, table: Block) -> None:
        """Where our tables have no place it becomes lines, and a frame what it frames."""
        blocks, flattened = tables.ours(table)
        self.holders[-1].children += blocks
        self.found.lost += [Loss(Lost.LINES, each.words()) for each in flattened]
        kept = [cell for block in blocks if block.tag == "table" for row in block.children for cell in row.children]
        spans = [cell.words() for cell in kept if cell.across > 1 or cell.down > 1]
        self.found.lost += [Loss(Lost.SPAN, words) for words in spans if words]


def _holder(tag: str, given: dict[str, str]) -> Block:
    across = tables.span(given.get("colspan", ""), tables.MOST_COLUMNS)
    down = tables.span(given.get("rowspan", ""), tables.MOST_ROWS)
    number = _number(given.get("start", "")) if tag == "ol" else None
    return Block(tag, start=1 if number is None else number, across=across, down=down)


def _number(given: str) -> int | None:
    return int(given) if re.fullmatch(r"\s*-?\d{1,6}\s*", given, re.ASCII) else None


def _inside(outer: _Tag, name: str, given: dict[str, str]) -> _Tag:
    style = styles.parse(given.get("style", ""))
    raw = styles.keeps_lines(name, style)
    return _Tag(
        name,
        marks=_marks(outer, name, style),
        kind=styles.heading(name, style, given) or AS_BLOCKS.get(name, "p" if name in HOLDERS else outer.kind),
        marker=outer.marker or "ignore" in style.get("mso-list", ""),
        level=0 if name in HOLDERS else styles.list_level(style) or outer.level,
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


MOST = 10  # that one sentence names
SENTENCES = {
    Lost.STRUCK: gettext_lazy("Words that were struck out or deleted were left out:"),
    Lost.HIDDEN: gettext_lazy("Hidden words were left out:"),
    Lost.LINK: gettext_lazy("Links are kept with https:// only. These were taken out, their words stayed:"),
    Lost.PICTURE: gettext_lazy("Pictures were left out. Add them in their own box:"),
    Lost.SPAN: gettext_lazy(
        "Cells over several rows or columns stand once now, the cells beside or below are empty. Fill them:"
    ),
    Lost.LINES: gettext_lazy(
        "A table within a table, or one too wide, became lines, its cells apart by “|”. Check the numbers:"
    ),
    Lost.FIELD: gettext_lazy(
        "Word computed these words, or let somebody choose them. They stand as the file showed them last. Check:"
    ),
    Lost.SIGN: gettext_lazy("Signs of a font for signs stand as the letter that they show, or as [?]. Check:"),
    Lost.FOOTNOTE: gettext_lazy("Footnotes stand as [1], [2] … now, their words at the end of the section:"),
    Lost.DRAWING: gettext_lazy("Charts, diagrams and things of other programs were left out:"),
    Lost.FORMULA: gettext_lazy("Formulas are written on one line now. Check:"),
    Lost.CONTENTS: gettext_lazy("Tables of contents were left out, the page makes its own:"),
    Lost.MARGIN: gettext_lazy("What stands above and below each sheet was left out:"),
    Lost.TITLE: gettext_lazy("The title was left out, the page has the name of the condition:"),
}


def sentences(found: Conversion) -> list[str]:
    lists = [(words, found.of(why)) for why, words in SENTENCES.items()]
    return [f"{words} {in_a_list(losses)}" for words, losses in lists if losses]


def in_a_list(losses: Iterable[Loss]) -> str:
    named = list(dict.fromkeys(_named(loss) for loss in losses))
    more = len(named) - MOST
    rest = [ngettext("%(count)d more", "%(count)d more", more) % {"count": more}] if more > 0 else []
    return ", ".join([*named[:MOST], *rest])


def _named(loss: Loss) -> str:
    what, near = Truncator(loss.what).chars(200), Truncator(loss.near).chars(60)
    named = f"“{what}”" if what else _("one without a name")
    return _("%(what)s (at “%(near)s”)") % {"what": named, "near": near} if near else named
