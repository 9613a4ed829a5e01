"""What people type and paste, made fit to store: a function and boxes of forms for prose, the same for codes, one for comparing.

Every text that a person types or a file brings passes one of them. None changes a letter or a number that can be seen.
"""

import re
import unicodedata
from typing import Any

from django import forms

APOSTROPHES = "\u2018\u2019\u201b\u02bb\u02bc\u02b9\u2032\u00b4\u0060\uff07"
HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
FILLERS = (
    "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"  # letters and signs by their category, but nothing is drawn for them
)
SELECTORS = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # draw the sign before them otherwise
JOINERS = "\u200c\u200d\u180e"  # change the shape of their neighbours: Persian, Indic and Mongolian names, emoji
MARKS = "\u200e\u200f\u061c"  # where a line of two directions turns; needed at its ends too
COUNTERS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"  # "format" by category, but drawn
OPENERS = {"\u202a": "\u202c", "\u202b": "\u202c", "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}
KEPT = frozenset(JOINERS + MARKS + COUNTERS)
LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
FLAG = "\U0001f3f4"  # the black flag; tag letters behind it make it that of England, Scotland or Wales
TAGS = re.compile(f"(?<!{FLAG})(?<![\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+")
_CODE_SIGNS = {**dict.fromkeys(map(ord, APOSTROPHES), "'"), **dict.fromkeys(map(ord, HYPHENS), "-")}
_CODE_SIGNS |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if code not in _CODE_SIGNS}


def prose(text: str, *, lines: bool = True) -> str:
    """Names, sentences, paragraphs: composed (NFC), without control characters, soft hyphens and other unseen ones.

    Joiners, single direction marks and balanced direction brackets stay, since names and prose of many scripts need them;
    overrides go, as what they show is another order than what is stored. `lines` false: one line, breaks become spaces.
    What has nothing to see is "".
    """
    if text.isascii() and text.isprintable():  # as most answers are
        return text.strip()
    unix = LINE_ENDS.sub("\n", text)
    if not lines:
        unix = re.sub(r"[\n\t]+", " ", unix)
    seen = "".join(letter for letter in TAGS.sub("", unix) if letter in OPENERS or letter in "\u202c\u2069" or _stays(letter))
    kept = unicodedata.normalize("NFC", "\n".join(_balanced(line) for line in seen.split("\n"))).strip()
    return "" if is_blank(kept) else kept


def code(text: str) -> str:
    """Addresses, numbers, dates, codes, references: one line, no format characters; digits, hyphens and signs as on a US keyboard."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_digit(letter) for letter in prose(text, lines=False) if not _is_unseen(letter))
        text = re.sub(r"\s", " ", unicodedata.normalize("NFC", text.translate(_CODE_SIGNS)))
    return text.strip()


def comparable(text: str) -> str:
    """What two spellings of one name have in common: case, look-alike apostrophes and hyphens, composed accents and spaces."""
    return " ".join(unicodedata.normalize("NFC", code(text).translate(_CODE_SIGNS).casefold()).split())


def is_blank(text: str) -> bool:
    return all(letter.isspace() or _is_unseen(letter) for letter in text)


def _is_unseen(letter: str) -> bool:
    is_format = unicodedata.category(letter) == "Cf" and letter not in COUNTERS
    return letter in FILLERS or is_format or bool(SELECTORS.fullmatch(letter))


def _stays(letter: str) -> bool:
    """Not a control character, a half of a character, one that Unicode will never assign, nor an unseen one without a use."""
    if letter in "\n\t" or letter in KEPT or "\U000e0020" <= letter <= "\U000e007f":
        return True
    category = unicodedata.category(letter)
    return category not in {"Cc", "Cs", "Cf"} and not (
        category == "Cn" and (ord(letter) & 0xFFFE == 0xFFFE or "\ufdd0" <= letter <= "\ufdef")
    )


def _balanced(line: str) -> str:
    """Without direction brackets that are not closed, or close nothing, on their line."""
    letters, waiting, paired = list(line), [], set()
    for at, letter in enumerate(letters):
        if letter in OPENERS:
            waiting.append(at)
        elif letter in "\u202c\u2069" and waiting and OPENERS[letters[waiting[-1]]] == letter:
            paired |= {waiting.pop(), at}
    return "".join(x for at, x in enumerate(letters) if at in paired or not (x in OPENERS or x in "\u202c\u2069"))


def _digit(letter: str) -> str:
    """The ASCII digit of any script's decimal digit; superscripts are no digits."""
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter


class Prose(forms.CharField):
    def to_python(self, value: Any) -> str:
        return str(super().to_python(prose(str(value or ""), lines=isinstance(self.widget, forms.Textarea))))


class CodeBox(forms.Field):
    """For what machines read too, however its digits, hyphens and letters were typed."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(code(value) if isinstance(value, str) else value)


class Link(CodeBox, forms.URLField):
    """A web address."""
