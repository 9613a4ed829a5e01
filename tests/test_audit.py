"""The audit record: complete, in order, and impossible to alter unseen."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from foundation.audit.actions import faults, record
from foundation.audit.guards import lift
from foundation.audit.models import Record
from tests import factories


@pytest.fixture
def three(db):
    place = factories.location()
    return [record(by="test", verb=verb, obj=place, fields=["name", "city"]) for verb in ("added", "changed", "read")]


@pytest.fixture
def unguarded(three):
    """Somebody with the database password removed the guards; gone with the test's transaction."""
    with connection.schema_editor(atomic=False) if connection.vendor != "sqlite" else _Plain() as editor:
        for event in ("update", "delete"):
            lift(editor, name=f"audit_no_{event}", table="audit_record")
    return three


class _Plain:
    """SQLite's schema editor refuses to work within a transaction; one statement needs no more than this."""

    connection = connection

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def execute(self, sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)


def test_records_follow_each_other(three):
    assert [row.sequence for row in three] == [1, 2, 3]
    assert list(Record.objects.order_by("sequence").values_list("pk", flat=True)) == [row.pk for row in three]
    assert [row.previous_hash for row in three[1:]] == [row.hash for row in three[:-1]]
    assert three[0].detail == {"fields": ["city", "name"]}
    assert list(faults()) == []


@pytest.mark.parametrize("change", [lambda q: q.update(actor="nobody"), lambda q: q._raw_delete("default")])
def test_database_refuses_to_change_a_record(three, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        change(Record.objects.filter(sequence=2))

    assert Record.objects.get(sequence=2).actor == "test"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda: Record.objects.filter(sequence=2).update(actor="nobody"), ["record 2: was altered"]),
        (lambda: Record.objects.filter(sequence=2)._raw_delete("default"), ["record 2 to 2: missing"]),
        (lambda: Record.objects.filter(sequence=3)._raw_delete("default"), ["record 3 to 3: missing at the end"]),
    ],
)
def test_alteration_behind_the_guards_is_found(unguarded, change, found):
    change()

    assert list(faults()) == found
    with pytest.raises(CommandError, match="does not hold"):
        call_command("verify_audit")


def test_verify_says_that_all_is_well(three, capsys):
    call_command("verify_audit")

    assert capsys.readouterr().out == "3 audit records, all unaltered.\n"
