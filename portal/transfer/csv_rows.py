"""A CSV file as rows of cells, whatever program wrote it."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from django.utils.translation import gettext as _

from portal.transfer.content_files import Invalid

MOST_BYTES = 1_000_000
MOST_ROWS = 2_000
DELIMITERS = ",;\t"
# What MacRoman and cp850 have for é, ü, ñ, ó …, when it is read as Windows-1252: letters and signs that stand nowhere else,
# and others in the middle of a word.
MISREAD = re.compile("[ƒˆ‰ŠŒŽ˜šœžŸ†‡¤¥¦¬¯¸]|(?<=[^\\W\\d_])([‚„]|[\xa0-\xbf…“”•–—™](?=[^\\W\\d_]))")


@dataclass(frozen=True)
class Row:
    """One row with a cell that is not empty. `number` counts rows as a spreadsheet does: the headings are row 1."""

    number: int
    cells: dict[str, str]


def read(content: bytes, headings: Iterable[str]) -> list[Row]:
    """The rows of a file whose first row names some of `headings`. Raises Invalid: why, and what to do."""
    if len(content) > MOST_BYTES:
        raise Invalid(_("The file is larger than 1 MB. Split it."))
    names, *rows = _split(_decode(content)) or [[]]
    names = [cell.strip().lower() for cell in names]
    _check(names, list(headings))
    all_rows = [_row(number, names, cells) for number, cells in enumerate(rows, start=2)]
    found = [row for row in all_rows if any(row.cells.values())]
    if not found:
        raise Invalid(_("There is no row below the headings."))
    if len(found) > MOST_ROWS:
        raise Invalid(_("The file has more than %(most)s rows. Split it.") % {"most": MOST_ROWS})
    return found


def _decode(content: bytes) -> str:
    """UTF-8, as spreadsheets mark it or not; else the Windows-1252 of older ones, if that makes words."""
    if b"\x00" in content:
        raise Invalid(_("This is no CSV file. In your spreadsheet, choose “Save as” and then “CSV UTF-8”."))
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8-sig" or not MISREAD.search(text):
            return text
    raise Invalid(_("The letters of this file cannot be read. Save it as “CSV UTF-8”."))


def _split(text: str) -> list[list[str]]:
    """By the sign that Excel's line `sep=` names, else whichever parts the headings; quoted cells may hold it and line ends."""
    first, _newline, rest = text.partition("\n")
    named = re.fullmatch(f'"?sep=([{DELIMITERS}])"?', first.strip("\r ,"), re.IGNORECASE)
    delimiter = named[1] if named else max(DELIMITERS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(rest if named else text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Invalid(_("A quotation mark is opened and not closed, or stands where none may stand.")) from error


def _check(names: list[str], headings: list[str]) -> None:
    unknown = [name for name in names if name and name not in headings]
    if unknown:
        words = _("The heading “%(name)s” is not one of: %(headings)s.")
        raise Invalid(words % {"name": unknown[0], "headings": ", ".join(headings)})
    twice = [name for name in headings if names.count(name) > 1]
    if twice:
        raise Invalid(_("The heading “%(name)s” stands there twice.") % {"name": twice[0]})


def _row(number: int, names: list[str], cells: list[str]) -> Row:
    """What stands under no heading is kept under "", so that it is not lost without a word."""
    pairs = [(name, cell.strip().replace("\r\n", "\n")) for name, cell in zip_longest(names, cells, fillvalue="")]
    return Row(number, {name: cell for name, cell in pairs if name} | {"": "".join(cell for name, cell in pairs if not name)})
