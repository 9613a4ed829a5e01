"""The audit record: complete, in order, and impossible to alter unseen."""

from contextlib import suppress

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from foundation.audit.actions import faults, record, records_last
from foundation.audit.models import Head, Record
from tests import factories
from tests.parallel import at_once

pytestmark = pytest.mark.databases


@pytest.fixture
def three(db):
    place = factories.location()
    return [record(by="test", verb=verb, obj=place, fields=["name", "city"]) for verb in ("added", "changed", "read")]


@pytest.fixture
def unguarded(three):
    """Somebody with the database password removed the guards; gone with the test's transaction."""
    with connection.cursor() as cursor:
        for event in ("update", "delete"):
            on = "" if connection.vendor == "sqlite" else " ON audit_record"
            cursor.execute(f"DROP TRIGGER audit_no_{event}{on}")
    return three


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


def test_records_written_while_it_is_checked_are_no_fault(unguarded):
    place = factories.location("annex")
    Record.objects.filter(sequence=1).update(actor="nobody")
    found = faults()

    first = next(found)
    for _time in range(3):
        record(by="test", verb="read", obj=place)

    assert (first, list(found)) == ("record 1: was altered", [])


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

    assert list(faults()) == ["record 3: is another than the one written last"]


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

    assert capsys.readouterr().out == "3 audit records, all unaltered.\n"
