"""What a file will change, and changing exactly that: if anything else would happen, nothing is begun.

The plan is found by doing it in transactions that are taken back, so that every rule of the models and of the database
has its say before anybody decides. No transaction holds more than `AT_ONCE` rows, since others wait for it.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from foundation.audit.actions import record
from foundation.prose.typed import code
from portal.transfer.spreadsheets.columns import Column, Wrong
from portal.transfer.spreadsheets.kinds import Kind
from portal.transfer.spreadsheets.table import Line, read
from portal.transfer.turns import turn

AT_ONCE = 50
NEW, CHANGED, SAME, FAULT = "new", "changed", "unchanged", "fault"


class Otherwise(Exception):
    """The site is not as it was when the plan was looked at. Only the first `done` rows of the file were taken."""

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


@dataclass
class Plan:
    """What becomes of every row."""

    rows: list[Outcome]

    def count(self, state: str) -> int:
        """How many rows are of this state."""
        return sum(row.state == state for row in self.rows)

    @property
    def works(self) -> bool:
        """Whether there is something to do and no fault in the way."""
        return not self.count(FAULT) and self.count(NEW) + self.count(CHANGED) > 0

    @property
    def digest(self) -> str:
        """Tells one plan from another: SHA-256, hexadecimal."""
        return hashlib.sha256(json.dumps([asdict(row) for row in self.rows]).encode()).hexdigest()


def look(kind: Kind, content: bytes) -> Plan:
    """What the file would do. Raises `table.Unreadable`."""
    seen: dict[str, int] = {}
    rows = []
    for lines in _by_turns(kind, content):
        with turn():
            rows += _done(kind, lines, "", seen)
            transaction.set_rollback(True)
    return Plan(rows)


def do(kind: Kind, content: bytes, *, by: Any, digest: str) -> Plan:
    """Does what a plan with this digest told, with an audit record for each row. Raises Otherwise if it would do anything else.

    A file of many rows is looked at once more before its first turn; a change of the site between two turns ends it there.
    """
    turns, found, rows, seen = _by_turns(kind, content), look(kind, content), list[Outcome](), dict[str, int]()
    if not found.works or found.digest != digest:
        raise Otherwise
    for lines in turns:
        with turn():
            outcomes = _done(kind, lines, by, seen)
            if outcomes != found.rows[len(rows) : len(rows) + len(outcomes)]:
                raise Otherwise(len(rows))
        rows += outcomes
    return Plan(rows)


def _by_turns(kind: Kind, content: bytes) -> list[list[Line]]:
    lines = read(content, kind.headings)
    return [lines[at : at + AT_ONCE] for at in range(0, len(lines), AT_ONCE)]


def _done(kind: Kind, lines: list[Line], by: Any, seen: dict[str, int]) -> list[Outcome]:
    return [_row(kind, line, by, seen) for line in lines]


def _row(kind: Kind, line: Line, by: Any, seen: dict[str, int]) -> Outcome:
    """One row in a savepoint of its own. `seen` are the slugs of the rows above."""
    slug = code(line.cells.get("slug", "")) or slugify(line.cells.get(kind.named, ""))[:100]
    outcome = Outcome(line.number, line.cells.get(kind.named) or slug)
    try:
        with transaction.atomic():
            _write(kind, line, _object(kind, line, slug, seen), outcome, by)
    except Wrong as wrong:
        outcome.faults.append(str(wrong))
    except ValidationError as error:
        outcome.faults += _sentences(error)
    except IntegrityError as error:
        outcome.faults.append(_("The database refuses this: %(why)s") % {"why": error})
    if outcome.faults:
        outcome.state, outcome.changes = FAULT, []
    return outcome


def _write(kind: Kind, line: Line, obj: Any, outcome: Outcome, by: Any) -> None:
    """Saves `obj` and notes in `outcome` what that changed; a row that changes nothing is as if it had not been saved."""
    given = [column for column in kind.columns if line.cells.get(column.name)]
    before = _shown(given, obj) if obj.pk else {}
    outcome.state = CHANGED if obj.pk else NEW
    _save(obj, _values(kind, line, given))
    now = _shown(given, obj).items()
    outcome.changes = [(name, before.get(name, ""), new) for name, new in now if new != before.get(name, "")]
    if outcome.state == CHANGED and not outcome.changes:
        outcome.state = SAME
        transaction.set_rollback(True)
    elif by:
        record(by=by, verb="imported", obj=obj, fields=[name for name, _old, _new in outcome.changes])


def _shown(columns: list[Column], obj: Any) -> dict[str, str]:
    return {column.name: column.shown(obj) for column in columns}


def _save(obj: Any, values: dict[Column, Any]) -> None:
    """With every rule of the model. Raises ValidationError."""
    for column, value in values.items():
        column.put(obj, value)
    obj.full_clean()
    obj.save()
    for column, value in values.items():
        column.link(obj, value)
    obj.refresh_from_db()


def _object(kind: Kind, line: Line, slug: str, seen: dict[str, int]) -> Any:
    """The row with this slug, or a new one. Raises Wrong where the file and the site do not fit together."""
    if line.cells.get(""):
        raise Wrong(_("It has a cell under no heading: “%(cell)s”.") % {"cell": line.cells[""][:40]})
    if not slug:
        raise Wrong(_("Give a slug, or %(name)s to make it from.") % {"name": kind.named})
    if slug in seen:
        raise Wrong(_("The slug “%(slug)s” is that of row %(row)s as well.") % {"slug": slug, "row": seen[slug]})
    seen[slug] = line.number
    obj = kind.model._base_manager.select_for_update().filter(slug=slug).first()
    if obj is None:
        former = kind.model.renamed(slug)
        if former:
            raise Wrong(_("“%(old)s” was renamed. Use its slug of today: %(new)s.") % {"old": slug, "new": former.slug})
        return kind.model(slug=slug, **kind.fixed)
    refused = kind.refuse(obj)
    if refused:
        raise Wrong(refused)
    return obj


def _values(kind: Kind, line: Line, given: list[Column]) -> dict[Column, Any]:
    """Every cell that says something. Raises ValidationError with all that is wrong."""
    values: dict[Column, Any] = {}
    wrong: dict[str, str] = {}
    for column in given:
        try:
            values[column] = column.taken(line.cells[column.name], kind.model)
        except Wrong as error:
            wrong[column.name] = str(error)
    if wrong:
        raise ValidationError(wrong)
    return values


def _sentences(error: ValidationError) -> list[str]:
    """With the heading in front, where one is to blame."""
    told = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    return [text if name == NON_FIELD_ERRORS else f"{name}: {text}" for name, texts in told.items() for text in texts]
