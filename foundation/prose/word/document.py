"""The text of a Word file as HTML that `foreign.convert` understands. Accepted are all changes: what was inserted, and not what was deleted.

What Word shows but writes in other ways is written out: numbers of items, fields, signs of sign fonts, formulas, footnotes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from xml.etree import ElementTree as ET

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from foundation.prose.foreign import Loss, Lost, convert
from foundation.prose.text import plain
from foundation.prose.word import signs
from foundation.prose.word.lists import Numbering
from foundation.prose.word.package import Package, child, children, descendants, get, name, words

MOST_LETTERS = 1_000_000  # of HTML
OFF = {"0", "false", "off", "none"}
THROUGH = {"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "dir", "bdo"}  # what is in them counts
GONE = {"del", "moveFrom"}
DESCRIBED_BY_A_MACHINE = re.compile("generated|generad", re.IGNORECASE)
LEFT_OUT = {"TOC", "INDEX", "TOA"}  # fields that list what stands elsewhere
UNSEEN = {"XE", "TC", "TA", "RD", "SET", "ASK"}


@dataclass
class Picture:
    content: bytes
    alt: str  # as a person wrote it
    near: str = ""


@dataclass
class Remark:
    """A comment in the margin."""

    who: str
    words: str
    near: str = ""


@dataclass
class Piece:
    """A paragraph, a table, or the words of a heading, in the order of the text. `level` of a heading, from 1; 0: it is none."""

    html: str
    level: int = 0
    text: str = ""


@dataclass
class WordText:
    title: str = ""
    pieces: list[Piece] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    lost: list[Loss] = field(default_factory=list)


def read(content: bytes) -> WordText:
    """Raises ValidationError, with a sentence for who brought the file."""
    try:
        return _Reader(Package(content)).read()
    except RecursionError as error:
        raise ValidationError(
            _("This Word file is nested too deep. Copy its text into the editor."), code="too_deep"
        ) from error


@dataclass
class _Field:
    """An open field: how it is computed, and what it showed last."""

    how: str = ""
    shown: str = ""
    begun: bool = False  # its result
    chosen: str = ""  # of a list or box to choose from

    @property
    def kind(self) -> str:
        return (self.how.split() or [""])[0].upper()


class _Reader:
    def __init__(self, package: Package) -> None:
        self.package = package
        self.found = WordText()
        self.links = package.links(package.main)
        self.styles = {get(each, "styleId"): each for each in children(self._part("styles"), "style")}
        self.numbering = Numbering(self._part("numbering"))
        self.notes = {
            kind: {get(each, "id"): words(each) for each in self._part(kind) or ()} for kind in ("footnotes", "endnotes")
        }
        self.remarks = {get(each, "id"): each for each in children(self._part("comments"), "comment")}
        self.fields: list[_Field] = []
        self.carried = ""  # of a paragraph whose end was deleted
        self.aside: list[ET.Element] = []  # text boxes of the paragraph
        self.cited: list[str] = []
        self.near = ""
        self.new: list[Loss | Picture | Remark] = []  # of the paragraph, which do not know yet where they stand

    def _part(self, kind: str) -> ET.Element | None:
        return next((self.package.xml(target) for own, target in self.links.values() if own == kind), None)

    def read(self) -> WordText:
        body = child(self.package.xml(self.package.main), "body")
        for piece in self._blocks(body if body is not None else ()):
            self._put(piece)
        self._put_notes()
        if sum(len(piece.html) for piece in self.found.pieces) > MOST_LETTERS:
            raise ValidationError(
                _("This Word file is too long for one page. Split it, or copy a part into the editor."), "too_long"
            )
        for kind, target in self.links.values():
            if kind in {"header", "footer"} and (text := words(self.package.xml(target))):
                self.found.lost.append(Loss(Lost.MARGIN, text))
        return self.found

    def _put(self, piece: Piece) -> None:
        if piece.level == -1:
            self.found.title = piece.text
            self.found.lost.append(Loss(Lost.TITLE, piece.text))
            return
        if piece.level:
            self._put_notes()
        self.found.pieces.append(piece)

    def _put_notes(self) -> None:
        """Footnotes at the end of their section."""
        self.found.pieces += [Piece(f"<p>{escape(words)}</p>") for words in self.cited]
        self.cited = []

    # Blocks.

    def _blocks(self, holder: Iterable[ET.Element]) -> Iterator[Piece]:
        for element in holder:
            match name(element):
                case "p":
                    yield from self._paragraph(element)
                case "tbl":
                    yield Piece(self._table(element))
                case "AlternateContent":
                    yield from self._blocks(_one_of(element))
                case "del" | "moveFrom":
                    yield Piece(f"<del>{escape(words(element))}</del>")
                case tag if tag in THROUGH:
                    yield from self._blocks(self._content(element))

    def _content(self, element: ET.Element) -> Iterable[ET.Element]:
        """Of a content control, unless it shows only what is to be typed there."""
        if child(element, "sdtPr", "showingPlcHdr") is not None:
            self._lose(Lost.HIDDEN, words(element))
            return ()
        return element

    def _paragraph(self, paragraph: ET.Element) -> Iterator[Piece]:
        own = child(paragraph, "pPr")
        html = self.carried + self._inline(paragraph, self._style(get(child(own, "pStyle"))))
        if child(own, "rPr", "del") is not None:  # its end was deleted: it goes on in the next
            self.carried = html
            return
        self.carried, aside, self.aside = "", self.aside, []
        text = plain(convert(html).html)
        self._place(text)
        level = self._level(own)
        if text or "<" in html:
            yield self._piece(own, level, html, text)
        for box in aside:
            yield from self._blocks(box)

    def _piece(self, own: ET.Element | None, level: int, html: str, text: str) -> Piece:
        if level:
            return Piece(html, level, text)
        place, marker = self._item(own)
        if not marker:
            return Piece(f"<p>{html}</p>")
        sign = f'<span style="mso-list:Ignore">{escape(marker)}</span>'
        return Piece(f'<p style="mso-list:l0 level{place + 1}">{sign}{html}</p>')

    def _level(self, own: ET.Element | None) -> int:
        """Of a heading; -1 for a title."""
        chain = self._chain(get(child(own, "pStyle")))
        styles = ((child(each, "pPr"), get(child(each, "name")).lower()) for each in chain)
        for properties, style in [(own, ""), *styles]:
            named = re.fullmatch(r"heading (\d)", style)
            outline = get(child(properties, "outlineLvl"))
            if named or re.fullmatch("[0-8]", outline):
                return int(named[1] if named else int(outline) + 1)
            if style == "title":
                return -1
        return 0

    def _item(self, own: ET.Element | None) -> tuple[int, str]:
        """The level of an item, from 0, and what stands before it; "" for what is no item."""
        chain = [own, *(child(each, "pPr") for each in self._chain(get(child(own, "pStyle"))))]
        numbers = [found for properties in chain if (found := child(properties, "numPr")) is not None]
        key = next((get(child(each, "numId")) for each in numbers if child(each, "numId") is not None), "")
        level = next((get(child(each, "ilvl")) for each in numbers if child(each, "ilvl") is not None), "0")
        place = int(level) if re.fullmatch("[0-8]", level) else 0
        return place, self.numbering.marker(key, place)

    def _chain(self, key: str) -> list[ET.Element]:
        """A style and those that it stands on."""
        found: list[ET.Element] = []
        while key in self.styles and self.styles[key] not in found and len(found) < 20:
            found.append(self.styles[key])
            key = get(child(found[-1], "basedOn"))
        return found

    def _style(self, key: str) -> dict[str, str]:
        return {kind: value for each in reversed(self._chain(key)) for kind, value in _letters(child(each, "rPr")).items()}

    def _table(self, table: ET.Element) -> str:
        rows, starts = [], dict[int, str]()
        for row in _through(table, "tr"):
            properties, cells, column = child(row, "trPr"), [], 0
            if child(properties, "del") is not None:
                rows.append(f"<tr><td><del>{escape(words(row))}</del></td></tr>")
                continue
            before = _whole(get(child(properties, "gridBefore")))
            cells += ["<td></td>"] * before
            column += before
            header = child(properties, "tblHeader")
            tag = "th" if header is not None and get(header) not in OFF else "td"
            for cell in _through(row, "tc"):
                across = max(1, _whole(get(child(cell, "tcPr", "gridSpan"))))
                merged = child(cell, "tcPr", "vMerge")
                inner = "".join(piece.html for piece in self._blocks(cell))
                if merged is not None and get(merged) != "restart":
                    if text := starts.pop(column, ""):
                        self.found.lost.append(Loss(Lost.SPAN, text))
                else:
                    starts[column] = words(cell) if merged is not None else ""
                cells.append(f'<{tag} colspan="{across}">{inner}</{tag}>')
                column += across
            rows.append(f"<tr>{''.join(cells)}</tr>")
        return f"<table>{''.join(rows)}</table>"

    # Words.

    def _inline(self, holder: Iterable[ET.Element], style: dict[str, str]) -> str:
        return "".join(self._part_of_line(element, style) for element in holder)

    def _part_of_line(self, element: ET.Element, style: dict[str, str]) -> str:  # noqa: PLR0911  one way out for each kind
        match name(element):
            case "r":
                return self._run(element, style)
            case "hyperlink":
                return self._link(element, style)
            case "del" | "moveFrom":
                return f"<del>{escape(words(element))}</del>"
            case "fldSimple":
                self.fields.append(_Field(get(element, "instr"), begun=True))
                return self._inline(element, style) + self._end_field()
            case "oMath" | "oMathPara":
                self._lose(Lost.FORMULA, words(element))
                return signs.html(element)
            case "AlternateContent":
                return self._inline(_one_of(element), style)
            case tag if tag in THROUGH:
                return "".join(self._part_of_line(each, style) for each in self._content(element))
        return ""

    def _link(self, element: ET.Element, style: dict[str, str]) -> str:
        address, inner = self.links.get(get(element, "id"), ("", ""))[1], self._inline(element, style)
        return f'<a href="{escape(address)}">{inner}</a>' if address else inner

    def _run(self, run: ET.Element, paragraph: dict[str, str]) -> str:
        """Of the paragraph's style only what hides, strikes or raises counts: its weight is the page's own matter."""
        own = child(run, "rPr")
        weightless = {kind: value for kind, value in paragraph.items() if kind not in {"b", "i"}}
        letters = weightless | self._style(get(child(own, "rStyle"))) | _letters(own)
        html = "".join(self._sign(element, letters) for element in run)
        shown = re.sub(r"<br>|<[^>]*>", " ", html)
        for open_field in self.fields:
            open_field.shown += shown if open_field.begun else ""
        if any(each.kind in LEFT_OUT for each in self.fields):
            return ""
        return _marked(html, letters)

    def _sign(self, element: ET.Element, letters: dict[str, str]) -> str:  # noqa: C901, PLR0911, PLR0912  one way out for each kind
        hides = any(not each.begun for each in self.fields)
        match name(element):
            case "t":
                shown = signs.text(letters.get("font", ""), element.text or "")
                if shown != (element.text or ""):
                    self._lose(Lost.SIGN, shown)
                return "" if hides else escape(shown)
            case "instrText" if self.fields and not self.fields[-1].begun:
                self.fields[-1].how += element.text or ""
            case "fldChar":
                return self._field(element)
            case "tab" | "ptab":
                return " "
            case "br" | "cr":
                return "<br>"
            case "noBreakHyphen":
                return "\u2011"
            case "sym":
                return escape(self._symbol(get(element, "font"), get(element, "char")))
            case "footnoteReference" | "endnoteReference":
                return self._note(element)
            case "commentReference":
                self._remark(get(element, "id"))
            case "ruby":
                base, above = (child(element, part) for part in ("rubyBase", "rt"))
                return f"{escape(words(base))} ({escape(words(above))})"
            case "AlternateContent":
                return "".join(self._sign(each, letters) for each in _one_of(element))
            case "drawing" | "pict" | "object":
                self._draw(element)
                return " "
        return ""

    def _symbol(self, font: str, char: str) -> str:
        shown = signs.sign(font.lower(), int(char, 16)) if re.fullmatch("[0-9A-Fa-f]{1,6}", char) else signs.UNKNOWN
        self._lose(Lost.SIGN, shown)
        return shown

    def _note(self, element: ET.Element) -> str:
        text = self.notes["footnotes" if name(element) == "footnoteReference" else "endnotes"].get(get(element, "id"), "")
        lost = [each for each in (*self.found.lost, *self.new) if isinstance(each, Loss)]
        number = 1 + sum(loss.why == Lost.FOOTNOTE for loss in lost)
        self._lose(Lost.FOOTNOTE, text)
        self.cited.append(f"[{number}] {text}")
        return f"[{number}]"

    def _remark(self, key: str) -> None:
        if key in self.remarks:
            self.new.append(Remark(get(self.remarks[key], "author"), words(self.remarks[key])))

    def _draw(self, element: ET.Element) -> None:
        """Keeps the pictures and text boxes of a drawing, and names what it is else."""
        boxes = list(descendants(element, "txbxContent"))
        keys = [get(each, "embed") or get(each, "id") for tag in ("blip", "imagedata") for each in descendants(element, tag)]
        stored = [self.package.bytes(self.links[key][1]) for key in keys if self.links.get(key, ("", ""))[0] == "image"]
        alt = next((get(each, "descr") for each in descendants(element, "docPr")), "")
        if DESCRIBED_BY_A_MACHINE.search(alt):
            alt = ""
        self.aside += boxes
        self.new += [Picture(content, " ".join(alt.split())) for content in stored if content]
        if name(element) == "object" or not (boxes or any(stored)):
            self._lose(Lost.DRAWING, alt or next((get(each, "name") for each in descendants(element, "docPr")), ""))

    # Fields: what Word computes. Their last result stands in the file.

    def _field(self, element: ET.Element) -> str:
        match get(element, "fldCharType"):
            case "begin":
                self.fields.append(_Field(chosen=_chosen(child(element, "ffData"))))
            case "separate" if self.fields:
                self.fields[-1].begun = True
                address = re.match(r'\s*HYPERLINK\s+"([^"]+)"', self.fields[-1].how)
                return f'<a href="{escape(address[1])}">' if address else ""
            case "end" if self.fields:
                return self._end_field()
        return ""

    def _end_field(self) -> str:
        ended = self.fields.pop()
        if ended.kind == "HYPERLINK":
            return "</a>" if ended.begun and re.match(r'\s*HYPERLINK\s+"', ended.how) else ""
        if ended.kind in LEFT_OUT:
            self._lose(Lost.CONTENTS, ended.shown)
            return ""
        if ended.kind in UNSEEN:
            return ""
        if ended.shown.strip():
            self._lose(Lost.FIELD, ended.shown)
            return ""
        symbol = re.match(r'\s*SYMBOL\s+(\d{1,5})(?:.*\\f\s*"?([^"\\]+))?', ended.how)
        sign = signs.sign((symbol[2] or "").strip().lower(), int(symbol[1])) if symbol else signs.UNKNOWN
        self._lose(Lost.FIELD, ended.chosen or sign)
        return escape(ended.chosen or sign)

    # What is lost, and where.

    def _lose(self, why: Lost, what: str) -> None:
        self.new.append(Loss(why, " ".join(what.split())))

    def _place(self, text: str) -> None:
        """All that is new stood in the paragraph `text`, or after the one before."""
        self.near = text or self.near
        for each in self.new:
            each.near = self.near[:60]
        self.found.lost += [each for each in self.new if isinstance(each, Loss)]
        self.found.pictures += [each for each in self.new if isinstance(each, Picture)]
        self.found.remarks += [each for each in self.new if isinstance(each, Remark)]
        self.new = []


def _one_of(element: ET.Element) -> Iterable[ET.Element]:
    """Of two ways to draw the same thing the newer."""
    chosen = child(element, "Choice")
    fallback = chosen if chosen is not None else child(element, "Fallback")
    return fallback if fallback is not None else ()


def _through(element: ET.Element, wanted: str) -> Iterator[ET.Element]:
    """Rows of a table and cells of a row, also those in content controls."""
    for each in element:
        if name(each) == wanted:
            yield each
        elif name(each) in THROUGH:
            yield from _through(each, wanted)


def _letters(properties: ET.Element | None) -> dict[str, str]:
    """What concerns us of how letters look: "on", "off", or where they stand."""
    found = {}
    for each in properties if properties is not None else ():
        tag, value = name(each), get(each)
        if tag in {"b", "i", "strike", "dstrike", "vanish", "webHidden"}:
            found[tag] = "off" if value in OFF else "on"
        elif tag == "vertAlign":
            found["script"] = {"superscript": "sup", "subscript": "sub"}.get(value, "")
        elif tag == "position" and value.lstrip("-").isdecimal():
            found["script"] = "sub" if value.startswith("-") else "sup" if int(value) else ""
        elif tag == "rFonts":
            found["font"] = (get(each, "ascii") or get(each, "hAnsi")).lower()
    return found


def _marked(html: str, letters: dict[str, str]) -> str:
    if not html:
        return ""
    for kind, tag in (("b", "strong"), ("i", "em"), ("strike", "s"), ("dstrike", "s")):
        html = f"<{tag}>{html}</{tag}>" if letters.get(kind) == "on" else html
    if letters.get("script"):
        html = f"<{letters['script']}>{html}</{letters['script']}>"
    return f"<span hidden>{html}</span>" if "on" in {letters.get("vanish"), letters.get("webHidden")} else html


def _chosen(form: ET.Element | None) -> str:
    """What was chosen in an old form's list, box or line."""
    ticked = child(form, "checkBox")
    if ticked is not None:
        state = child(ticked, "checked")
        state = state if state is not None else child(ticked, "default")
        return "☒" if state is not None and get(state) not in OFF else "☐"
    choices = child(form, "ddList")
    entries = [get(each) for each in children(choices, "listEntry")]
    chosen = child(choices, "result")
    place = _whole(get(chosen if chosen is not None else child(choices, "default")))
    return entries[place] if place < len(entries) else ""


def _whole(given: str) -> int:
    return int(given) if re.fullmatch(r"\d{1,2}", given, re.ASCII) else 0
