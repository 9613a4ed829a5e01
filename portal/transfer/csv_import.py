"""What a spreadsheet will change, and changing exactly that: if anything else would happen, nothing is begun.

The plan is found by doing it in transactions that are taken back. None holds more than `AT_ONCE` rows, since others wait for it.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext as _, gettext_lazy

from appointments.models import ClinicHours
from foundation.audit.actions import record
from foundation.prose.typed import code
from foundation.search.findable import Searched
from news.models import NewsItem
from portal.transfer.content_files import Invalid
from portal.transfer.directory_kinds import CLINIC_HOURS, CLINIC_HOURS_KEY, CLINICIANS, DEPARTMENTS
from portal.transfer.fields import Field
from portal.transfer.kinds import Kind, TranslatedCell
from portal.transfer.publication_kinds import NEWS
from portal.transfer.turns import trial, turn

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


def read_rows(content: bytes, headings: Iterable[str]) -> list[Row]:
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


AT_ONCE = 50
NEW, CHANGED, SAME, FAULT = "new", "changed", "unchanged", "fault"


@dataclass(frozen=True)
class Sheet:
    """A spreadsheet for one kind of thing. Its template file in `sheets/` has the columns it may hold and a row that shows how.

    `title` is the column that a missing slug is made from; `fixed` is what every new row has. `refuse` says in a sentence why
    a row that is there is not for this file.
    """

    name: str
    label: str | Promise
    kind: Kind
    title: str
    fixed: dict[str, Any] = field(default_factory=dict)
    refuse: Callable[[Any], str] = lambda row: ""

    @cached_property
    def template(self) -> list[list[str]]:
        path = Path(__file__).parent / "sheets" / f"{self.name}.csv"
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))

    @property
    def headings(self) -> list[str]:
        return self.template[0]

    @cached_property
    def columns(self) -> list[Field]:
        by_key = {each.key: each for each in self.kind.fields}
        return [self._translated(name, by_key) or by_key[name] for name in self.headings if name != "slug"]

    def _translated(self, name: str, by_key: dict[str, Field]) -> Field | None:
        key, _underscore, code = name.rpartition("_")
        is_one = code in dict(settings.LANGUAGES) and key in getattr(self.kind.model, "translated", ())
        return TranslatedCell(name, own=by_key[key], language=code) if is_one else None

    def key_of(self, row: Row) -> str:
        """What a row is found by: its slug, or one made from its title."""
        return code(row.cells.get("slug", "")) or slugify(row.cells.get(self.title, ""))[:100]

    def find(self, key: str, row: Row) -> Any:
        """The object with this slug, or a new one. Raises Invalid where the file and the site do not fit together."""
        if not key:
            raise Invalid(_("Give a slug, or %(name)s to make it from.") % {"name": self.title})
        model = self.kind.model
        obj = model._base_manager.select_for_update().filter(slug=key).first()
        if obj is None:
            former = model.renamed(key)
            if former:
                words = _("“%(old)s” was renamed. Use its slug of today: %(new)s.")
                raise Invalid(words % {"old": key, "new": former.slug})
            return model(slug=key, **self.fixed)
        refused = self.refuse(obj)
        if refused:
            raise Invalid(refused)
        return obj

    @property
    def list_name(self) -> str:
        """The admin's list of what the file holds."""
        meta = self.kind.model._meta
        return f"admin:{meta.app_label}_{meta.model_name}_changelist"

    def allows(self, user: Any) -> bool:
        meta = self.kind.model._meta
        return user.has_perms([f"{meta.app_label}.{verb}_{meta.model_name}" for verb in ("add", "change")])


@dataclass(frozen=True)
class ClinicHoursSheet(Sheet):
    """Rows have no slug: those of a clinician in a department are told apart by weekday, beginning and first day."""

    def key_of(self, row: Row) -> str:
        return " ".join(code(row.cells.get(name, "")).lower() for name in CLINIC_HOURS_KEY)

    def find(self, key: str, row: Row) -> Any:
        missing = [name for name in CLINIC_HOURS_KEY if not row.cells.get(name)]
        if missing:
            raise Invalid(_("Give %(name)s, too.") % {"name": ", ".join(missing)})
        given = [each for each in self.columns if each.key in CLINIC_HOURS_KEY]
        facts = {each.attribute: value for each, value in _values(self, row, given)}
        return ClinicHours.objects.select_for_update(of=("self",)).filter(**facts).first() or ClinicHours(**facts)

    @property
    def list_name(self) -> str:
        return "admin:appointments_schedule_changelist"

    def allows(self, user: Any) -> bool:
        return bool(user.has_perm("appointments.change_schedule"))


SHEETS = {
    sheet.name: sheet
    for sheet in (
        Sheet("departments", gettext_lazy("Departments, services and centers"), DEPARTMENTS, "name"),
        Sheet("clinicians", gettext_lazy("Clinicians"), CLINICIANS, "name"),
        ClinicHoursSheet("clinic-hours", gettext_lazy("Clinic hours"), CLINIC_HOURS, "clinician"),
        Sheet(
            "news",
            gettext_lazy("News elsewhere"),
            NEWS,
            "title",
            {"kind": NewsItem.Kind.COVERAGE},
            lambda item: _("This address belongs to an article of our own.") if item.kind == NewsItem.Kind.ARTICLE else "",
        ),
    )
}


class SiteChanged(Exception):
    """The site is not as it was when the plan was made. Only the first `done` rows of the file were taken."""

    def __init__(self, done: int = 0) -> None:
        super().__init__(done)
        self.done = done


@dataclass
class Outcome:
    """What becomes of one row: `changes` are (heading, old, new); `faults` are sentences, and then nothing changes."""

    number: int
    name: str
    state: str = SAME
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)  # what its texts hold and ours cannot; the row is taken all the same


@dataclass
class Plan:
    rows: list[Outcome]

    def count(self, state: str) -> int:
        return sum(row.state == state for row in self.rows)

    @property
    def works(self) -> bool:
        """Whether there is something to do and no fault in the way."""
        return not self.count(FAULT) and self.count(NEW) + self.count(CHANGED) > 0

    @property
    def digest(self) -> str:
        """Tells one plan from another: SHA-256, hexadecimal."""
        return hashlib.sha256(json.dumps([asdict(row) for row in self.rows]).encode()).hexdigest()


def make_plan(sheet: Sheet, content: bytes) -> Plan:
    """What the file would do. Raises Invalid for a file that cannot be read."""
    seen: dict[str, int] = {}
    outcomes: list[Outcome] = []
    for rows in _batches(sheet, content):
        with trial():
            outcomes += [_import_row(sheet, row, "", seen) for row in rows]
    return Plan(outcomes)


def carry_out(sheet: Sheet, content: bytes, *, by: Any, digest: str) -> Plan:
    """Does what the plan with this digest says, with an audit record for each row. Raises SiteChanged if it would do anything else.

    A file of many rows is looked at once more before its first batch; a change of the site between two batches ends it there.
    """
    batches, plan, outcomes, seen = _batches(sheet, content), make_plan(sheet, content), list[Outcome](), dict[str, int]()
    if not plan.works or plan.digest != digest:
        raise SiteChanged
    for rows in batches:
        with turn():
            batch = [_import_row(sheet, row, by, seen) for row in rows]
            if batch != plan.rows[len(outcomes) : len(outcomes) + len(batch)]:
                raise SiteChanged(len(outcomes))
        outcomes += batch
    return Plan(outcomes)


def _batches(sheet: Sheet, content: bytes) -> list[list[Row]]:
    rows = read_rows(content, sheet.headings)
    return [rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE)]


def _import_row(sheet: Sheet, row: Row, by: Any, seen: dict[str, int]) -> Outcome:
    """One row in a savepoint of its own. `seen` are the keys of the rows above."""
    key = sheet.key_of(row)
    outcome = Outcome(row.number, row.cells.get(sheet.title) or key)
    try:
        with transaction.atomic():
            _write(sheet, row, _find(sheet, row, key, seen), outcome, by)
    except Invalid as error:
        outcome.faults.append(str(error))
    except ValidationError as error:
        outcome.faults += _sentences(error)
    except IntegrityError as error:
        outcome.faults.append(_("The database refuses this: %(why)s") % {"why": error})
    for column in sheet.columns:
        outcome.losses += [f"{column.key}: {sentence}" for sentence in column.losses(row.cells.get(column.key, ""))]
    if outcome.faults:
        outcome.state, outcome.changes = FAULT, []
    return outcome


def _find(sheet: Sheet, row: Row, key: str, seen: dict[str, int]) -> Any:
    """As `Sheet.find`, once in a file."""
    if row.cells.get(""):
        raise Invalid(_("It has a cell under no heading: “%(cell)s”.") % {"cell": row.cells[""][:40]})
    if key and key in seen:
        raise Invalid(_("The slug “%(slug)s” is that of row %(row)s as well.") % {"slug": key, "row": seen[key]})
    seen[key] = row.number
    return sheet.find(key, row)


def _write(sheet: Sheet, row: Row, obj: Any, outcome: Outcome, by: Any) -> None:
    """Saves `obj` and notes in `outcome` what that changed; a row that changes nothing is as if it had not been saved."""
    given = [column for column in sheet.columns if row.cells.get(column.key)]
    before = _cells(given, obj) if obj.pk else {}
    outcome.state = CHANGED if obj.pk else NEW
    _save(obj, _values(sheet, row, given))
    after = _cells(given, obj).items()
    outcome.changes = [(name, before.get(name, ""), new) for name, new in after if new != before.get(name, "")]
    if outcome.state == CHANGED and not outcome.changes:
        outcome.state = SAME
        transaction.set_rollback(True)
    elif by:
        record(by=by, verb="imported", obj=obj, fields=[name for name, _old, _new in outcome.changes])


def _cells(columns: list[Field], obj: Any) -> dict[str, str]:
    return {column.key: column.to_cell(obj) for column in columns}


def _values(sheet: Sheet, row: Row, given: list[Field]) -> list[tuple[Field, Any]]:
    values: list[tuple[Field, Any]] = []
    wrong: dict[str, str] = {}
    for column in given:
        try:
            values.append((column, column.from_cell(row.cells[column.key], sheet.kind.model)))
        except Invalid as error:
            wrong[column.key] = str(error)
    if wrong:
        raise ValidationError(wrong)
    return values


def _save(obj: Any, values: list[tuple[Field, Any]]) -> None:
    for column, value in values:
        if not column.is_relation:
            column.put(obj, value)
    obj.full_clean()
    obj.save()
    for column, value in values:
        if column.is_relation:
            column.put(obj, value)
    obj.refresh_from_db()
    if isinstance(obj, Searched):  # the relations tell of it too
        obj.store_search_entries()


def _sentences(error: ValidationError) -> list[str]:
    """With the heading in front, where one is to blame."""
    by_name = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    return [text if name == NON_FIELD_ERRORS else f"{name}: {text}" for name, texts in by_name.items() for text in texts]
