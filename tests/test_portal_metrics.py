"""`/metrics` and the notes that nightly commands leave: true figures, in a form that monitors read, and nothing of anybody's."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import OperationalError, connection
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from appointments.management.commands import purge
from foundation.nightly.command import NightlyCommand
from foundation.nightly.models import NightlyRun
from foundation.outbox.models import Message
from foundation.privacy.models import Attempts
from tests import factories

NOW = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def figures(client):
    """{"name{labels}": value} of all that is told."""
    response = client.get("/metrics")
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    assert response.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    samples = [one for family in text_string_to_metric_families(response.content.decode()) for one in family.samples]
    return {" ".join([one.name, *one.labels.values()]): one.value for one in samples}


@pytest.mark.databases
def test_metrics_tell_how_requests_messages_and_nights_are(client, monkeypatch):
    with time_machine.travel(NOW - timedelta(days=9), tick=False):
        factories.request()
        late = Message.objects.create(kind="received", object_id=1, message_id="late", leave_at=NOW - timedelta(hours=3))
        call_command("purge")
    with time_machine.travel(NOW, tick=False):
        Message.objects.exclude(pk=late.pk).delete()
        Message.objects.filter(pk=late.pk).update(next_try_at=NOW + timedelta(minutes=15))
        Message.objects.create(kind="received", object_id=1, message_id="failed", status="failed")
        call_command("mail_figures")
        told = figures(client)

    wanted = {
        "portal_database_up": 1,
        "portal_database_writable": 1,
        "portal_sealed_readable": 1,
        "portal_requests received": 1,
        "portal_requests closed": 0,
        "portal_requests_overdue": 1,
        "portal_messages waiting": 1,
        "portal_messages stuck": 1,
        "portal_messages failed": 1,
        "portal_oldest_due_message_seconds": 3 * 3600,
        "portal_nightly_last_success_timestamp_seconds purge": (NOW - timedelta(days=9)).timestamp(),
        "portal_nightly_last_success_timestamp_seconds verify_audit": 0,
        "portal_nightly_alarm purge": 1,
        "portal_nightly_alarm mail_figures": 0,
        "portal_field_key_seals k1": 1,
    }
    assert {name: told.get(name) for name in wanted} == wanted
    assert told["portal_disk_free_bytes var"] > 0
    assert not Attempts.objects.exists()


def test_metrics_count_what_was_answered_and_how_long_it_took(client):
    before = figures(client).get("portal_render_seconds_count 2xx search", 0)
    client.get("/search/?q=Kim+Sample")

    after = figures(client)

    assert after["portal_render_seconds_count 2xx search"] == before + 1
    assert {
        "portal_pages_total kept",
        "portal_pages_total made",
        "portal_pages_kept",
        "portal_pages_kept_bytes",
    } <= after.keys()
    assert "Kim" not in str(after)


@pytest.mark.databases
def test_metrics_say_that_the_database_is_gone(client):
    def down(*args):
        raise OperationalError("gone")

    with connection.execute_wrapper(down):
        told = figures(client)

    assert told["portal_database_up"] == 0
    assert "portal_requests received" not in told
    assert "portal_disk_free_bytes var" in told


def test_failed_night_is_told_until_one_ends_well(client, monkeypatch):
    for name in settings.NIGHTLY:
        NightlyRun.objects.create(name=name, succeeded_at=NOW)
    lines = []
    with time_machine.travel(NOW, tick=True):
        with monkeypatch.context() as broken:
            broken.setattr(purge, "tidy", lambda: (_ for _ in ()).throw(OSError("disk of Kim Sample")))
            with pytest.raises(OSError, match="Kim"):
                call_command("purge")
        for _run in range(2):
            lines.append(client.get("/readyz").content.decode().splitlines()[-1])
            call_command("purge")

    assert lines == ["nightly commands that failed: purge (OSError)", "nightly commands: all well"]


@pytest.mark.parametrize("words", [["--new-key", "backup.key"], ["nowhere", "--check"]])
def test_a_backup_that_backs_up_nothing_counts_for_no_night(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with suppress(CommandError):
        call_command("backup", *words)

    assert not NightlyRun.objects.exists()


def test_every_nightly_command_is_watched():
    ours = {name: app for name, app in get_commands().items() if not app.startswith("django.")}
    nightly = {name for name, app in ours.items() if isinstance(load_command_class(app, name), NightlyCommand)}

    assert nightly == set(settings.NIGHTLY)
