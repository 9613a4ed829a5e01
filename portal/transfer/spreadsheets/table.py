"""A CSV file as rows of cells, whatever program wrote it."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from django.utils.translation import gettext as _

MOST_BYTES = 1_000_000
MOST_ROWS = 2_000
DELIMITERS = ",;\t"


class Unreadable(Exception):
    """The file as a whole cannot be taken; the message says why, and what to do."""


@dataclass(frozen=True)
class Line:
    """One row with a cell that is not empty. `number` counts rows as a spreadsheet does: the headings are row 1."""

    number: int
    cells: dict[str, str]


def read(content: bytes, headings: Iterable[str]) -> list[Line]:
    """The rows of a file whose first row names some of `headings`. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is larger than 1 MB. Split it."))
    rows = _rows(_decoded(content))
    names = [cell.strip().lower() for cell in rows[0]] if rows else []
    _check(names, list(headings))
    lines = [_line(number, names, cells) for number, cells in enumerate(rows[1:], start=2)]
    found = [line for line in lines if any(line.cells.values())]
    if not found:
        raise Unreadable(_("There is no row below the headings."))
    if len(found) > MOST_ROWS:
        raise Unreadable(_("The file has more than %(most)s rows. Split it.") % {"most": MOST_ROWS})
    return found


def _decoded(content: bytes) -> str:
    """UTF-8, as spreadsheets mark it or not; else the Windows-1252 of older ones, where five bytes mean nothing."""
    if b"\x00" in content:
        raise Unreadable(_("This is no CSV file. In your spreadsheet, choose “Save as” and then “CSV UTF-8”."))
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("The letters of this file cannot be read. Save it as “CSV UTF-8”."))


def _rows(text: str) -> list[list[str]]:
    """Split by whichever sign parts the headings; quoted cells may hold that sign and line ends."""
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Unreadable(_("A quotation mark is opened and not closed, or stands where none may stand.")) from error


def _check(names: list[str], headings: list[str]) -> None:
    unknown = [name for name in names if name and name not in headings]
    if unknown:
        words = _("The heading “%(name)s” is not one of: %(headings)s.")
        raise Unreadable(words % {"name": unknown[0], "headings": ", ".join(headings)})
    twice = [name for name in headings if names.count(name) > 1]
    if twice:
        raise Unreadable(_("The heading “%(name)s” stands there twice.") % {"name": twice[0]})


def _line(number: int, names: list[str], cells: list[str]) -> Line:
    """What stands under no heading is kept under "", so that it is not lost without a word."""
    pairs = [(name, cell.strip().replace("\r\n", "\n")) for name, cell in zip_longest(names, cells, fillvalue="")]
    return Line(number, {name: cell for name, cell in pairs if name} | {"": "".join(cell for name, cell in pairs if not name)})
