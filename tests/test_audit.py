"""The audit record: complete, in order, and impossible to alter unseen."""

from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from foundation.audit.actions import exported_heads, faults, record, records_last
from foundation.audit.models import Head, Record
from tests import factories
from tests.parallel import at_once


@pytest.fixture
def three(db):
    place = factories.location()
    return [record(by="test", verb=verb, obj=place, fields=["name", "city"]) for verb in ("added", "changed", "read")]


@pytest.fixture
def unguarded(three):
    """Somebody with the database password removed the guards; gone with the test's transaction."""
    with connection.cursor() as cursor:
        for name in ("no_update", "no_delete", "head_forwards", "head_stays"):
            cursor.execute(f"DROP TRIGGER audit_{name}")
    return three


@pytest.mark.databases
def test_records_follow_each_other(three):
    assert [row.sequence for row in three] == [1, 2, 3]
    assert list(Record.objects.order_by("sequence").values_list("pk", flat=True)) == [row.pk for row in three]
    assert [row.previous_hash for row in three[1:]] == [row.hash for row in three[:-1]]
    assert three[0].detail == {"fields": ["city", "name"]}
    assert list(faults()) == []


@pytest.mark.databases
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


def test_records_written_while_it_is_checked_are_no_fault(unguarded):
    place = factories.location("annex")
    Record.objects.filter(sequence=1).update(actor="nobody")
    found = faults()

    first = next(found)
    for _time in range(3):
        record(by="test", verb="read", obj=place)

    assert (first, list(found)) == ("record 1: was altered", [])


@pytest.mark.databases
def test_checking_again_and_again_while_others_write_raises_no_alarm(own):
    place = factories.location()
    record(by="test", verb="added", obj=place)

    def work(part):
        if part == "check":
            return [fault for _time in range(40) for fault in faults()]
        return [record(by=part, verb="read", obj=place).sequence for _time in range(60)][:0]

    assert at_once(work, ["check", "ana", "ben"]) == [[], [], []]
    assert Record.objects.count() == 121


def test_the_last_record_made_anew_is_found(unguarded):
    last = Record.objects.get(sequence=3)
    last.actor = "nobody"
    Record.objects.filter(sequence=3).update(actor="nobody", hash=last.computed_hash())

    assert list(faults()) == ["record 3: is another than the one written then"]


def test_a_record_added_past_the_head_is_found(three):
    last = Record(sequence=4, at=three[-1].at, actor="nobody", verb="read", kind="", object_id="", label="")
    last.previous_hash = three[-1].hash
    last.hash = last.computed_hash()
    last.save()

    assert list(faults()) == ["record 4: was added behind the site's back"]


def test_records_of_long_work_are_written_at_its_end(db):
    place = factories.location()
    with transaction.atomic(), records_last():
        first = record(by="test", verb="added", obj=place)
        before = Head.objects.count()
        record(by="test", verb="changed", obj=place)

    assert before == 0  # nobody had to wait so far
    assert (first.sequence, Record.objects.order_by("sequence").values_list("verb", flat=True)[1]) == (1, "changed")
    assert list(faults()) == []


def test_records_of_work_that_failed_are_not_written(db):
    place = factories.location()
    with suppress(LookupError), transaction.atomic(), records_last():
        record(by="test", verb="added", obj=place)
        raise LookupError

    record(by="test", verb="read", obj=place)

    assert list(Record.objects.values_list("verb", flat=True)) == ["read"]
    assert list(faults()) == []


def test_verify_says_that_all_is_well(three, capsys):
    call_command("verify_audit")

    assert capsys.readouterr().out == "3 audit records, all unaltered. Exported heads among them: 0.\n"


def test_a_record_that_is_empty_or_shorter_than_it_was_does_not_hold(db):
    with pytest.raises(CommandError, match="there are 0 records, and 1 at least should be"):
        call_command("verify_audit")
    record(by="test", verb="added", obj=factories.location())
    with pytest.raises(CommandError, match="there are 1 records, and 400 at least should be"):
        call_command("verify_audit", at_least=400)


@pytest.mark.parametrize("left", [0, 2])
def test_tail_cut_together_with_the_head_is_seen_by_the_exported_head(unguarded, left, settings):
    call_command("export_audit_head", stdout=StringIO())
    Record.objects.filter(sequence__gt=left)._raw_delete("default")
    last = unguarded[left - 1].hash if left else Head().hash
    Head.objects.update(sequence=left, hash=last)

    assert list(faults()) == []  # in itself it is whole
    assert list(faults(exported_heads())) == [f"record {left + 1} to 3: missing at the end"]


def test_chain_made_anew_behind_an_exported_head_is_seen(unguarded):
    call_command("export_audit_head", stdout=StringIO())
    Record.objects.filter(sequence=3)._raw_delete("default")
    Head.objects.update(sequence=2, hash=unguarded[1].hash)
    record(by="somebody with the key", verb="read", obj=factories.location("annex"))
    record(by="somebody with the key", verb="read", obj=factories.location("north"))

    assert list(faults(exported_heads())) == ["record 3: is another than the one written then"]


def test_export_says_how_far_the_record_goes(three, capsys):
    call_command("export_audit_head")

    assert capsys.readouterr().out.split()[1:] == ["3", three[-1].hash]
    assert exported_heads() == {3: three[-1].hash}
    call_command("verify_audit")


FORGED = """INSERT INTO audit_record (sequence, at, actor, verb, kind, object_id, label, detail, previous_hash, hash)
    SELECT {sequence}, at, actor, verb, kind, object_id, label, detail, hash, {hash} FROM audit_record WHERE sequence = 3"""
TAMPERED = [
    *(f"UPDATE audit_record SET {name} = '' WHERE sequence = 2" for name in ("actor", "verb", "kind", "object_id", "label")),
    "UPDATE audit_record SET detail = '{}'",
    "UPDATE audit_record SET at = '2020-01-01T00:00:00Z'",
    "UPDATE audit_record SET previous_hash = hash",
    "UPDATE audit_record SET hash = previous_hash",
    "UPDATE audit_record SET sequence = -sequence",
    "UPDATE audit_record SET sequence = 5 - sequence WHERE sequence IN (2, 3)",
    *(f"DELETE FROM audit_record WHERE sequence = {number}" for number in (1, 2, 3)),
    "DELETE FROM audit_record",
    "UPDATE audit_head SET sequence = 2, hash = (SELECT hash FROM audit_record WHERE sequence = 2)",
    "UPDATE audit_head SET sequence = 0",
    "UPDATE audit_head SET hash = ''",
    "UPDATE audit_head SET sequence = 9",
    "DELETE FROM audit_head",
    FORGED.format(sequence=4, hash="hash"),
    FORGED.format(sequence=9, hash="previous_hash"),
    FORGED.format(sequence=0, hash="hash"),
    "REPLACE INTO audit_head (id, sequence, hash) SELECT id, 2, '' FROM audit_head",
    "UPDATE audit_record SET detail = '{}', hash = previous_hash WHERE sequence = 3",
    "UPDATE audit_head SET id = 2",
    FORGED.format(sequence=3, hash="hash") + " ON CONFLICT (sequence) DO UPDATE SET actor = ''",
]
TAMPERED_BY_ROLE = [
    "TRUNCATE audit_record",
    "TRUNCATE audit_record, audit_head CASCADE",
    "TRUNCATE audit_head",
    "ALTER TABLE audit_record DISABLE TRIGGER ALL",
    "ALTER TABLE audit_head DISABLE TRIGGER USER",
    "DROP TRIGGER audit_no_delete ON audit_record",
    "CREATE OR REPLACE FUNCTION audit_no_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "DROP FUNCTION audit_no_update() CASCADE",
    "DROP TABLE audit_record CASCADE",
    "ALTER TABLE audit_record RENAME TO other",
    "ALTER TABLE audit_record DROP COLUMN actor",
    "CREATE RULE quiet AS ON INSERT TO audit_record DO INSTEAD NOTHING",
    "CREATE TABLE another (id int)",
    "SET session_replication_role = replica",
    "ALTER TABLE audit_record OWNER TO portal_site",
    "WITH gone AS (DELETE FROM audit_record WHERE sequence = 3) UPDATE audit_head SET sequence = 2",
    f"WITH made AS ({FORGED.format(sequence=4, hash='hash')} RETURNING hash) UPDATE audit_head SET sequence = 4, hash = made.hash FROM made",
    "MERGE INTO audit_record USING (SELECT 2 AS number) AS one ON sequence = number WHEN MATCHED THEN UPDATE SET actor = ''",
    "CREATE TEMPORARY TABLE audit_head AS SELECT * FROM audit_head",
    "CREATE TRIGGER quiet BEFORE INSERT ON audit_record EXECUTE FUNCTION audit_no_update()",
    "CREATE POLICY quiet ON audit_record USING (false)",
    "SELECT setval(pg_get_serial_sequence('audit_record', 'id'), 1)",
    "COPY audit_record FROM PROGRAM 'true'",
]


@pytest.mark.databases
def test_tampering_with_rows_is_refused_or_seen(three):
    whole = list(Record.objects.order_by("sequence").values()), Head.objects.values().get()
    unseen = []
    for statement in TAMPERED:
        with connection.cursor() as cursor, suppress(DatabaseError), transaction.atomic():
            cursor.execute(statement)
            now = list(Record.objects.order_by("sequence").values()), Head.objects.values().first()
            unseen += [statement] if now != whole and not list(faults()) else []
            transaction.set_rollback(True)

    assert unseen == []


@pytest.mark.databases
def test_the_sites_role_of_postgresql_reads_and_writes_and_cannot_tamper(three):
    if connection.vendor != "postgresql":
        pytest.skip("roles are PostgreSQL's")
    with connection.cursor() as cursor:
        cursor.execute(Path("deploy/postgresql/roles.sql").read_text(encoding="utf-8"))
        cursor.execute("SET ROLE portal_site")
        got_through = []
        for statement in [*TAMPERED, *TAMPERED_BY_ROLE]:
            with suppress(DatabaseError), transaction.atomic():
                cursor.execute(statement)
                if not list(faults()):
                    got_through.append(statement)
                transaction.set_rollback(True)
        record(by="test", verb="read", obj=factories.location("annex"))
        cursor.execute("RESET ROLE")

    assert got_through == []
    assert (list(faults()), Record.objects.count()) == ([], 4)
