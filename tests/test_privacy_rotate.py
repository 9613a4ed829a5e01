"""`rotate_keys`: every column under the new key, nothing lost, also while people write."""

import base64
import re
import socket
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from appointments.models import Draft, Note, Request
from foundation.privacy import key_holders, seals
from foundation.privacy.models import KeyHolder
from tests import factories
from tests.parallel import at_once
from tests.test_privacy_fields import in_database, put

OLD = "old:" + base64.urlsafe_b64encode(b"1" * 32).decode()
NEW = "new:" + base64.urlsafe_b64encode(b"2" * 32).decode()


@pytest.fixture(autouse=True)
def _old_key(settings):
    settings.FIELD_KEYS = OLD


def rotate(*options):
    out = StringIO()
    call_command("rotate_keys", *options, stdout=out)
    return out.getvalue().splitlines()


def ask(number):
    row = factories.request(draft_key=str(number).rjust(64, "0"), child_name=f"Kim {number}")
    Note.objects.create(request=row, kind="answer", words=f"words {number}")
    return row


@pytest.mark.databases
def test_every_row_is_sealed_anew_and_the_old_key_can_go(db, settings, monkeypatch):
    monkeypatch.setattr(seals, "BATCH", 3)
    for number in range(7):
        ask(number)
    Draft(key="d").write({"child": {"name": ["Kim"]}})
    settings.FIELD_KEYS = f"{NEW},{OLD}"

    said = rotate()

    settings.FIELD_KEYS = NEW
    assert said[0].startswith("15 rows sealed anew under new; ")
    assert said[1:] == ["These keys can be removed from FIELD_KEYS: old."]
    assert [row.child_name for row in Request.objects.order_by("pk")] == [f"Kim {n}" for n in range(7)]
    assert [note.words for note in Note.objects.order_by("pk")] == [f"words {n}" for n in range(7)]
    assert Draft.objects.get().read() == {"child": {"name": ["Kim"]}}


def test_a_second_run_seals_nothing_anew(db, settings):
    row = ask(1)
    settings.FIELD_KEYS = f"{NEW},{OLD}"
    rotate()
    before = in_database(row, "child_name")

    assert rotate()[0].startswith("0 rows sealed anew")
    assert in_database(row, "child_name") == before


def test_a_key_that_a_process_lacks_is_not_used_before_somebody_says_so(db, settings, monkeypatch):
    monkeypatch.setattr(key_holders, "_own", [])
    row, now = ask(1), timezone.now()
    key_holders.announce("deliver")  # with the old key alone
    for machine, days in (("other 1", 0), ("gone 1", 2)):
        KeyHolder.objects.create(role="web", machine=machine, number=7, names=["old"], seen_at=now - timedelta(days=days))
    KeyHolder.objects.create(role="web", machine=KeyHolder.objects.get(role="deliver").machine, number=2**22 + 1, seen_at=now)
    settings.FIELD_KEYS = f"{NEW},{OLD}"

    with pytest.raises(CommandError, match="The key new is not known everywhere yet") as refused:
        rotate()

    named = re.findall(r"(deliver|web) \d+ on (\S+)", str(refused.value))
    assert sorted(named) == [("deliver", socket.gethostname()), ("web", "other")]
    assert in_database(row, "child_name").startswith("old.")

    rotate("--anyway")
    assert in_database(row, "child_name").startswith("new.")

    KeyHolder.objects.filter(machine="other 1").update(names=["old", "new"])
    key_holders.withdraw()
    assert rotate()[0].startswith("0 rows")


def test_with_one_key_there_is_none_to_remove(db):
    ask(1)

    assert rotate()[1] == "These keys can be removed from FIELD_KEYS: none, there is only one."


def test_what_does_not_open_is_named_left_alone_and_keeps_every_key(db, settings):
    row = ask(1)
    put(row, email="old.AAAA")
    settings.FIELD_KEYS = f"{NEW},{OLD}"

    with pytest.raises(CommandError) as refused:
        rotate()

    assert str(refused.value) == f"1 columns do not open. Keep every key. appointments_request {row.pk} email"
    assert in_database(row, "email") == "old.AAAA"
    assert in_database(row, "child_name").startswith("new.")


@pytest.mark.databases
def test_rotation_while_the_site_reads_and_writes_loses_nothing(own, settings):
    rows = [ask(number) for number in range(12)]
    settings.FIELD_KEYS = f"{NEW},{OLD}"

    def work(row):
        if row is None:
            return rotate()
        for turn in range(10):
            mine = Request.objects.get(pk=row.pk)
            assert mine.child_name.startswith("Kim ")
            mine.note = f"turn {turn}"
            mine.save(update_fields=["note"])
        return "wrote"

    done = at_once(work, [None, *rows[:6]])
    rotate()

    settings.FIELD_KEYS = NEW
    assert done[1:] == ["wrote"] * 6
    assert [row.child_name for row in Request.objects.order_by("pk")] == [f"Kim {n}" for n in range(12)]
    assert [row.note for row in Request.objects.order_by("pk")] == ["turn 9"] * 6 + [""] * 6
