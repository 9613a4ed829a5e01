"""`purge`: what is no longer needed is forgotten, once, and recorded without its values."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command

from appointments import actions
from appointments.management.commands import purge as purge_command
from appointments.models import Draft, Note, Request
from conditions.models import PageFeedback
from foundation.audit.actions import faults
from foundation.audit.erasures import entries
from foundation.audit.models import Record
from foundation.privacy.models import Attempts
from foundation.search.actions import count_code_miss, count_miss
from foundation.search.models import Miss
from tests import factories
from tests.clients import Client

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NOTHING = (
    "0 requests erased. Deleted: 0 drafts, 0 counts of attempts, 0 forms that were sent, 0 unsaved words, "
    "0 answers of readers, 0 searches without result, 0 sessions, 0 browsers of staff."
)


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


@pytest.mark.databases
@pytest.mark.parametrize("batch", [1, 200])
def test_requests_are_erased_when_the_retention_period_after_closing_is_over(cora, settings, monkeypatch, batch):
    monkeypatch.setattr(purge_command, "BATCH", batch)
    settings.RETENTION_DAYS = 90
    old, exact, young = closed(cora, 91, "a"), closed(cora, 90, "b"), closed(cora, 89, "c")
    with time_machine.travel(NOW - 400 * DAY):
        factories.request(draft_key="d" * 64, child_name="Kim Canary d")

    assert purge().startswith("2 requests erased.")
    names = {row.reference: row.child_name for row in Request.objects.all()}
    assert [names[row.reference] for row in (old, exact, young)] == ["", "", "Kim Canary c"]
    assert sorted(names.values()) == ["", "", "Kim Canary c", "Kim Canary d"]
    assert sorted(note.words for note in Note.objects.all()) == ["", "", "canary words"]


def test_a_second_run_finds_nothing_to_do(cora):
    closed(cora, 91, "a")
    purge()
    erased_at = Request.objects.get().erased_at

    assert purge(NOW + DAY) == NOTHING
    assert Request.objects.get().erased_at == erased_at


def test_each_erasing_is_recorded_and_names_no_value(cora):
    row = closed(cora, 91, "a")

    purge()

    records = Record.objects.filter(verb="erased")
    assert [(r.actor, r.label, r.detail) for r in records] == [("purge", row.reference, {"reason": "retention"})]
    assert "anary" not in str(list(Record.objects.values()))
    assert list(faults()) == []
    assert [(entry.row, entry.verb) for entry in entries()] == [(str(row.seal_id), "erased")]


@pytest.mark.databases
def test_expired_drafts_and_old_counts_go_and_the_others_stay(db):
    for hours, key in ((25, "old"), (23, "young")):
        with time_machine.travel(NOW - timedelta(hours=hours), tick=False):
            Draft(key=key).write({"child": {"name": ["Kim Canary"]}})
    for days in (3, 1):
        Attempts.objects.create(what="find", who="somebody", started_at=NOW - days * DAY)

    assert purge() == NOTHING.replace("0 drafts, 0 counts", "1 drafts, 1 counts")
    assert Draft.objects.get().key == "young"
    assert Attempts.objects.get().started_at == NOW - DAY


@pytest.mark.databases
def test_what_readers_said_and_asked_in_vain_goes_when_nobody_did_so_for_long(db, settings):
    """What is asked again is young again, a code of a health record as well as a reader's words."""
    settings.FEEDBACK_DAYS, settings.SEARCHES_DAYS = 30, 10
    edition = factories.live("crmo")
    for days in (31, 30):
        with time_machine.travel(NOW - days * DAY, tick=False):
            PageFeedback.objects.create(edition=edition, helpful=False, comment=f"canary {days}")
    for days, words in {11: ("old canary", "again canary"), 10: ("young canary",), 9: ("again canary",)}.items():
        with time_machine.travel(NOW - days * DAY, tick=False):
            for word in words:
                count_miss(word, "en")
                count_code_miss(f"icd-10-cm {word}", "en")

    told = purge()

    assert "1 answers of readers, 2 searches without result" in told
    assert [row.comment for row in PageFeedback.objects.all()] == ["canary 30"]
    assert sorted(row.text for row in Miss.objects.all()) == [
        "again canary",
        "icd-10-cm again canary",
        "icd-10-cm young canary",
        "young canary",
    ]


def test_sessions_that_ended_go_with_the_browser_and_address_that_they_were_of(db, settings):
    """How long one goes on after the last page is STAFF_IDLE_MINUTES."""
    sam = factories.staff("sam")
    for minutes, key in ((settings.SESSION_COOKIE_AGE // 60, "ended"), (1, "on")):
        with time_machine.travel(NOW - timedelta(minutes=minutes), tick=False):
            client = Client()
            client.force_login(sam)
            UserSession.objects.create(user=sam, ip="192.0.2.7", session_key=client.session.session_key, user_agent=key)
    UserSession.objects.create(user=sam, ip="192.0.2.7", session_key="signed out", user_agent="signed out")

    assert "1 sessions, 2 browsers of staff" in purge()
    assert [row.user_agent for row in UserSession.objects.all()] == ["on"]
    assert [row.session_key for row in Session.objects.all()] == [client.session.session_key]
