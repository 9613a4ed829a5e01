"""`purge`: what is no longer needed is forgotten, once, and recorded without its values."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from appointments import actions
from appointments.management.commands import purge as purge_command
from appointments.models import Draft, Note, Request
from foundation.audit.actions import faults
from foundation.audit.erasures import entries
from foundation.audit.models import Record
from foundation.privacy.models import Attempts
from tests import factories

pytestmark = pytest.mark.databases

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def purge(at=NOW):
    out = StringIO()
    with time_machine.travel(at, tick=False):
        call_command("purge", stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def cora(db):
    return factories.coordinator("cora", factories.department())


def closed(cora, days, letter):
    """A request that was closed so many days before NOW."""
    with time_machine.travel(NOW - days * DAY, tick=False):
        row = factories.request(draft_key=letter * 64, child_name=f"Kim Canary {letter}")
        actions.add_words(request=row, words="canary words")
        actions.close(request=row, by=cora, reason="elsewhere", words="canary was seen elsewhere")
    return row


@pytest.mark.parametrize("batch", [1, 200])
def test_requests_are_erased_when_the_retention_period_after_closing_is_over(cora, settings, monkeypatch, batch):
    monkeypatch.setattr(purge_command, "BATCH", batch)
    settings.RETENTION_DAYS = 90
    old, exact, young = closed(cora, 91, "a"), closed(cora, 90, "b"), closed(cora, 89, "c")
    with time_machine.travel(NOW - 400 * DAY):
        factories.request(draft_key="d" * 64, child_name="Kim Canary d")

    assert purge() == "2 requests erased, 0 drafts and 0 counts of attempts deleted."
    names = {row.reference: row.child_name for row in Request.objects.all()}
    assert [names[row.reference] for row in (old, exact, young)] == ["", "", "Kim Canary c"]
    assert sorted(names.values()) == ["", "", "Kim Canary c", "Kim Canary d"]
    assert sorted(note.words for note in Note.objects.all()) == ["", "", "canary words"]


def test_a_second_run_finds_nothing_to_do(cora):
    closed(cora, 91, "a")
    purge()
    erased_at = Request.objects.get().erased_at

    assert purge(NOW + DAY) == "0 requests erased, 0 drafts and 0 counts of attempts deleted."
    assert Request.objects.get().erased_at == erased_at


def test_each_erasing_is_recorded_and_names_no_value(cora):
    row = closed(cora, 91, "a")

    purge()

    records = Record.objects.filter(verb="erased")
    assert [(r.actor, r.label, r.detail) for r in records] == [("purge", row.reference, {"reason": "retention"})]
    assert "anary" not in str(list(Record.objects.values()))
    assert list(faults()) == []
    assert [(entry.row, entry.verb) for entry in entries()] == [(str(row.seal_id), "erased")]


def test_expired_drafts_and_old_counts_go_and_the_others_stay(db):
    for hours, key in ((25, "old"), (23, "young")):
        with time_machine.travel(NOW - timedelta(hours=hours), tick=False):
            Draft(key=key).write({"child": {"name": ["Kim Canary"]}})
    for days in (3, 1):
        Attempts.objects.create(what="find", who="somebody", started_at=NOW - days * DAY)

    assert purge() == "0 requests erased, 1 drafts and 1 counts of attempts deleted."
    assert Draft.objects.get().key == "young"
    assert Attempts.objects.get().started_at == NOW - DAY
