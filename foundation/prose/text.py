"""The one module that makes safe HTML: long text in, cleaned, plain, as Markdown, and with its terms explained.

Long text is a small subset of HTML (`TAGS`). It is cleaned when saved and rebuilt tag by tag when shown, so that
nothing outside the subset can reach a page. Everything else in the project leaves escaping to the templates.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import escape, unescape
from html.parser import HTMLParser
from itertools import groupby, takewhile
from typing import Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_bidi, gettext
from django_prose_editor.fields import ProseEditorField, ProseEditorFormField

from foundation.prose.blocks import BLOCK_TAGS, HEADINGS, TAGS, WORD_BLOCKS, Block, link_mark, to_html
from foundation.prose.foreign import Conversion, address, convert
from foundation.prose.parsing import DEEPEST, SCHEMES

_BLOCK = "|".join(sorted(BLOCK_TAGS))
_INLINE = "strong|em|a|b|i|span"
_ORDINAL = "st|nd|rd|th|er|[rdtvmn]?[oa]s?"  # 1st, 1er, 2do, 3a
_SENTENCE_END = re.compile(
    r"(?<!\bDr)(?<!\bDra)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bSr)(?<!\bSra)(?<!\bSt)(?<!\b[^\W\d])[.!?…]+[”’»\"')]*(?=\s)"
)
EXTENSIONS: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "BulletList": True,
    "OrderedList": {"listTypes": [{"type": "decimal", "label": "1, 2, 3", "description": "1, 2, 3"}]},
    "ListItem": True,
    "Heading": {"levels": sorted(int(tag[1]) for tag in HEADINGS)},
    "Blockquote": True,
    "Link": {"enableTarget": False, "protocols": sorted(SCHEMES)},
    "HardBreak": True,
    "Superscript": True,
    "Subscript": True,
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "History": True,
}
_STYLE: dict[str, Any] = {
    "heading_style": "ATX",
    "bullets": "-",
    "newline_style": "BACKSLASH",
    "sup_symbol": "<sup>",
    "sub_symbol": "<sub>",
}
# As few as will do.
_ESCAPES: list[dict[str, Any]] = [{"escape_asterisks": False, "escape_underscores": False}, {}, {"escape_misc": True}]


@lru_cache(maxsize=64)  # one text is cleaned when it is read, checked and stored: five times in an import
def clean(html: str) -> str:
    """Long text in its canonical form, `""` where nothing is left: only `TAGS`, every word in a block, no needless space.

    Foreign HTML keeps its meaning (see `foundation.prose.foreign`). Cleaning it again changes nothing. Markdown can say
    nearly all of it (see `to_markdown`).
    """
    return convert(html).html


def plain(html: str) -> str:
    """The words alone, one line, for search, excerpts and descriptions. What is raised or lowered says so: x^(1,2), not x1,2.

    A heading that ends with a word ends with a colon, so that it does not run into its text.
    """
    ordinal = re.sub(rf"(?<=\d)<sup>({_ORDINAL})</sup>", r"\1", html, flags=re.IGNORECASE)
    scripts = re.sub(r"<(/?)(sup|sub)>", lambda tag: ")" if tag[1] else "^(" if tag[2] == "sup" else "_(", ordinal)
    numbered = re.sub(r'(<ol start="(-?\d+)"><li>)', r"\1\2. ", scripts)
    headed = re.sub(r"(?<=[\w)%”])(?=(?:<[^>]*>)*</h\d>)", ":", numbered)
    apart = re.sub(rf"<(?!/?(?:{_INLINE})\b)[^>]*>", " ", headed)
    return " ".join(unescape(re.sub(r"<[^>]*>", "", apart)).split())


def from_markdown(source: str) -> str:
    return convert_markdown(source).html


def convert_markdown(source: str) -> Conversion:
    return convert(_markdown().render(source))


@cache
def _markdown() -> Any:
    from markdown_it import MarkdownIt  # 1 MB, for content files alone, as markdownify is

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def to_markdown(html: str) -> str:
    """Markdown that `from_markdown` turns back into exactly `clean(html)`; a block that Markdown cannot say stays HTML."""
    cleaned = clean(html)
    blocks = re.split(rf"(?<=>)(?=<(?:{_BLOCK})\b)", cleaned)
    whole, depth = [""], 0
    for block in blocks:
        whole[-1] += block
        depth += len(re.findall(rf"<(?:{_BLOCK})\b", block)) - len(re.findall(rf"</(?:{_BLOCK})>", block))
        if depth == 0:
            whole.append("")
    source = "\n\n".join(_block_to_markdown(block) for block in whole if block)
    return source if from_markdown(source) == cleaned else cleaned


def _block_to_markdown(html: str) -> str:
    from markdownify import markdownify  # 3 MB

    for escapes in _ESCAPES:
        source = markdownify(html, **_STYLE, **escapes)
        source = re.sub(r"[ \t]+$", "", re.sub(r"\n{3,}", "\n\n", source.strip()), flags=re.MULTILINE)
        if from_markdown(source) == html:
            return source
    return html


class LongTextBox(ProseEditorFormField):
    """What the editor writes otherwise but means the same is no change."""

    def prepare_value(self, value: Any) -> Any:
        return for_editor(value) if isinstance(value, str) and "<caption>" in value else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return clean(initial or "") != clean(data or "")


class LongTextField(ProseEditorField):
    """Long text: edited with the prose editor, cleaned on every way into the database, also a bare `.save()`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, extensions=EXTENSIONS, sanitize=clean)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": LongTextBox} | kwargs)

    def clean(self, value: Any, model_instance: Any) -> str:
        return str(super().clean(clean(value or ""), model_instance))

    def pre_save(self, model_instance: Any, add: bool) -> str:
        setattr(model_instance, self.attname, clean(getattr(model_instance, self.attname) or ""))
        return str(getattr(model_instance, self.attname))

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Covers `update()` and `bulk_create()` as well."""
        return super().get_db_prep_save(clean(value) if isinstance(value, str) else value, connection)


@dataclass(frozen=True)
class Term:
    """A word to explain: `forms` are what to look for, `title` and `definition` what to say, `say` how it sounds.

    `slug` is its name in addresses: `#w-slug` is the meaning, `#t-slug` the place in the text.
    """

    title: str
    definition: str
    forms: tuple[str, ...]
    say: str = ""
    slug: str = ""


@dataclass
class Explainer:
    """Links each term, where it first stands, to its meaning; one object per page, in reading order. `used` are those linked.

    A term beside brackets that say it in other words is left alone: “bone sample (biopsy)”, “tibia (shin bone)”.
    """

    terms: Iterable[Term]
    used: list[Term] = field(default_factory=list)
    under_title: bool = False

    def __post_init__(self) -> None:
        longest_first = sorted(
            {form: term for term in self.terms for form in term.forms if form}.items(), key=lambda pair: -len(pair[0])
        )
        self._by_form = {form.casefold(): term for form, term in longest_first}
        self._longest_first = longest_first
        forms = "|".join(re.escape(form) for form, _term in longest_first)
        self._pattern = re.compile(rf"(?<!\w)({forms})(?!\w)", re.IGNORECASE) if forms else None

    def __call__(self, html: str) -> SafeString:
        return self._explained(read(html))

    def up_to_list(self, html: str) -> tuple[SafeString, SafeString]:
        """The same in two parts: what stands before the first numbered list, and the rest; all is the rest where there is none."""
        blocks = read(html)
        place = next((number for number, block in enumerate(blocks) if block.tag == "ol"), 0)
        return self._explained(blocks[:place]), self._explained(blocks[place:])

    def _explained(self, blocks: list[Block]) -> SafeString:
        for block in blocks:
            self._link_terms(block)
        return mark_safe(to_html(blocks, _table_on_a_page))  # which escape words and write TAGS alone

    def _link_terms(self, block: Block) -> None:
        if block.tag not in HEADINGS:
            runs, block.runs = block.runs, []
            for (marks, _is_break), pieces in groupby(runs, key=lambda run: (run[0], run[1] == "\n")):
                text, at = "".join(piece for _marks, piece in pieces), 0
                for start, end, term in [] if any(mark.startswith("a ") for mark in marks) else self.find(text):
                    block.runs += [(marks, text[at:start]), ((*marks, _term_mark(term)), text[start:end])]
                    at = end
                block.runs.append((marks, text[at:]))
        elif self.under_title:
            block.tag = f"h{int(block.tag[1]) - 1}"
        for child in block.children:
            self._link_terms(child)

    def find(self, text: str) -> list[tuple[int, int, Term]]:
        """Places of terms in `text` that this page has not linked yet; marks them as linked."""
        found = []
        for match in self._pattern.finditer(text) if self._pattern else ():
            term = self._term(match.group())
            abbreviated = any(form.isupper() and form.casefold() == match.group().casefold() for form in term.forms)
            explained = _is_explained(text, *match.span())
            if term not in self.used and not explained and (match.group().isupper() or not abbreviated):
                self.used.append(term)
                found.append((match.start(), match.end(), term))
        return found

    def _term(self, words: str) -> Term:
        """Of words that the pattern found. It knows other pairs of large and small letters than `casefold`: İ and i, ſ and s."""
        term = self._by_form.get(words.casefold())
        return term or next(term for form, term in self._longest_first if re.fullmatch(re.escape(form), words, re.IGNORECASE))


def _table_on_a_page(table: Block, parts: list[str]) -> str:
    """With what a screen reader and a printer need; a wide one moves sideways in a box of its own, also by the keys."""
    rows = [child for child in table.children if child.tag == "tr"]
    head = len(list(takewhile(lambda row: all(cell.tag == "th" for cell in row.children), rows)))
    caption, lines = "".join(parts[: -len(rows)]), parts[-len(rows) :]
    columns = "".join(lines[:head]).replace("<th>", '<th scope="col">')
    body = "".join(lines[head:]).replace("<th>", '<th scope="row">')
    name = escape(table.children[0].words() if caption else gettext("Table"))
    whole = f"{caption}<thead>{columns}</thead><tbody>{body}</tbody>" if columns else f"{caption}<tbody>{body}</tbody>"
    return f'<div class="table" role="region" aria-label="{name}" tabindex="0"><table>{whole}</table></div>'


def for_editor(html: str) -> str:
    """Its tables have no captions: one is a first cell over all columns there, and comes back as a caption (`tables`)."""

    def written(table: Block, parts: list[str]) -> str:
        first = table.children[0]
        if first.tag == "caption":
            across = len(table.children[-1].children)
            parts = [f'<tr><th colspan="{across}">{to_html([Block("p", first.runs)])}</th></tr>', *parts[1:]]
        return f"<table>{''.join(parts)}</table>"

    return to_html(read(html), written)


def _is_explained(text: str, start: int, end: int) -> bool:
    """Whether the words there are all that stands in brackets, or brackets follow them."""
    return text[end:].startswith(" (") or (text[:start].endswith("(") and text[end:].startswith(")"))


def _term_mark(term: Term) -> str:
    slug = escape(term.slug)
    return f'a class="w" href="#w-{slug}" id="t-{slug}"'


def safe_html(html: str, *, under_title: bool = False) -> SafeString:
    return Explainer((), under_title=under_title)(html)


def first_sentence(html: str) -> str:
    """Of long or plain text, in its own words; a full stop after a title or a letter (Dr. A. Example) ends none."""
    words = plain(html)
    end = _SENTENCE_END.search(words)
    return words[: end.end()] if end else words


def data_block(data: dict[str, Any]) -> SafeString:
    """`data` as JSON-LD in a script tag that no text in it can close."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return mark_safe(f'<script type="application/ld+json">{written}</script>')  # the three signs above are gone


def marked(parts: Iterable[tuple[str, bool]]) -> SafeString:
    return mark_safe("".join(f"<mark>{escape(part)}</mark>" if matches else escape(part) for part, matches in parts))


class PhoneNumber(str):
    """A number to read. Among words that run from right to left its groups would change places, so it stands apart there.

    On pages it does so wherever the site has such a language, since a page in it may hold a card in English.
    """

    __slots__ = ()

    def __str__(self) -> str:
        written = super().__str__()
        return f"\u2066{written}\u2069" if get_language_bidi() else written

    def __html__(self) -> str:
        written = super().__str__()
        apart = any(code.partition("-")[0] in settings.LANGUAGES_BIDI for code, _name in settings.LANGUAGES)
        return format_html("<bdi>{}</bdi>", written) if apart else escape(written)


def read(html: str) -> list[Block]:
    """The blocks of stored long text. Of other HTML too nothing comes out but `TAGS` and words, though not tidy (`clean`)."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.open[0].children


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Block("")]
        self.loose: Block | None = None  # the paragraph of words right in what holds blocks, which needs no tag
        self.marks: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCK_TAGS and len(self.open) <= DEEPEST:
            start = re.fullmatch(r"-?\d{1,6}", dict(attrs).get("start") or "", re.ASCII)
            block = Block(tag, start=int(start[0]) if start else 1)
            self.open[-1].children.append(block)
            self.open.append(block)
            self.loose = None
        elif tag == "br":
            self.handle_data("\n")
        elif tag in TAGS - BLOCK_TAGS:
            kept = address(dict(attrs).get("href") or "") if tag == "a" else ""
            self.marks.append(link_mark(kept) if kept else tag)

    def handle_endtag(self, tag: str) -> None:
        if any(block.tag == tag for block in self.open):
            self.loose = None
            while self.open.pop().tag != tag:
                pass
        names = [mark.partition(" ")[0] for mark in self.marks]
        if tag in names:
            del self.marks[len(names) - 1 - names[::-1].index(tag)]

    def handle_data(self, data: str) -> None:
        here = self.open[-1]
        if here.tag not in WORD_BLOCKS:
            if self.loose is None:
                self.loose = Block("p")
                here.children.append(self.loose)
            here = self.loose
        here.runs.append((tuple(self.marks), data))
