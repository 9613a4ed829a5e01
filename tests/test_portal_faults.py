"""What a family, staff, the monitor and the log see of each fault: one table. Processes that are really killed: `make faults`."""

import logging
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from foundation.nightly.models import NightlyRun
from foundation.outbox import smtp
from foundation.outbox.models import Message
from foundation.privacy import key_holders
from foundation.privacy.models import KeyHolder
from foundation.privacy.scrub import Scrub
from tests import factories
from tests.clients import Client
from tests.site import free_port
from tests.test_outbox import SILENT, raw, takes
from tests.test_portal_metrics import figures
from tests.test_portal_read_only import YOU, full, only_to_read, post
from tests.test_portal_unavailable import gone

HOUR = timedelta(hours=1)
TAKEN = lambda talk: talk.say(b"250 taken")  # noqa: E731
WELL = {
    "reads": 200,
    "form": "taken",
    "private page": 200,
    "staff": 200,
    "letter": "Sent",
    "ready": ("ok", []),
    "alarms": [],
    "log": set(),
}
ALARMS = {  # as docs/operating.md says them
    "database": lambda told: not told["portal_database_up"],
    "writing": lambda told: not told.get("portal_database_writable", 1),
    "keys": lambda told: not told.get("portal_sealed_readable", 1),
    "late": lambda told: told.get("portal_oldest_due_message_seconds", 0) > 600,
    "failed": lambda told: told.get("portal_messages failed", 0) > 0,
    "nightly": lambda told: told.get("portal_nightly_alarm purge", 0) > 0,
}
QUIET = ("oldest message that is due: 0 s", "messages due for more than an hour: 0", "messages that failed: 0", "can ", "disk")


class World:
    """A site with a request whose letter was due two hours ago."""

    def __init__(self, settings):
        self.settings = settings
        self.family = Client(raise_request_exception=False, headers={"sec-fetch-site": "same-origin"})
        self.family.cookies["csrftoken"] = "a" * 32
        self.staff = Client(raise_request_exception=False)
        self.staff.force_login(factories.administrator())
        self.port = settings.EMAIL_PORT = free_port()
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = smtp.DJANGOS, "127.0.0.1"
        factories.live("crmo")
        self.request = factories.request(asker_name="Pat Canary")
        self.page = f"/appointments/r/{self.request.link}/"
        born = {"born_month": "4", "born_day": "3", "born_year": "2018"}
        assert post(self.family, f"{self.page}unlock/", born).status_code == 302

    def begin(self):
        Message.objects.all().delete()
        two_hours_ago = timezone.now() - 2 * HOUR
        self.letter = Message.objects.create(
            kind="received", object_id=self.request.pk, message_id="1", leave_at=two_hours_ago, next_try_at=two_hours_ago
        )

    def deliver(self, times=1):
        for _time in range(times):
            Message.objects.filter(status="waiting").update(next_try_at=timezone.now() - HOUR)
            call_command("deliver", once=True)

    def seen(self):
        """What each of them sees now."""
        refused = post(self.family, "/appointments/request/you/", YOU)
        kept = 'value="Pat &quot;Canary&quot; Sample"' in refused.content.decode()
        ready = self.family.get("/readyz")
        first, *lines = ready.content.decode().splitlines()
        alarming = [line for line in lines if not line.startswith(QUIET) and line != "nightly commands: all well"]
        told = figures(self.family)
        return {
            "reads": self.family.get("/conditions/crmo/").status_code,
            "form": "taken" if refused.status_code in {302, 303} else f"{refused.status_code} {'kept' if kept else 'lost'}",
            "private page": self.family.get(self.page).status_code,
            "staff": self.staff.get(reverse("admin:index")).status_code,
            "ready": (first, alarming),
            "alarms": [name for name, rings in ALARMS.items() if rings(told)],
        }


@contextmanager
def mail(world, then, words=("",), times=1):
    """A mail server that does `then` after the text, or says one of `words` to the recipient."""

    def answer(line, talk):
        return talk.say(words[0]) if line == b"RCPT" and words[0] else takes(then)(line, talk)

    with raw(world.port, answer):
        world.deliver(times)
        yield


@contextmanager
def mail_that_hangs_up_at_quit(world):
    def answer(line, talk):
        return "end" if line == b"QUIT" else takes(TAKEN)(line, talk)

    with raw(world.port, answer):
        world.deliver()
        yield


@contextmanager
def after_delivery(world, context):
    with mail(world, TAKEN):
        pass
    with context:
        yield


@contextmanager
def clock(world, by):
    with time_machine.travel(timezone.now() + by, tick=True), mail(world, TAKEN):
        yield


@contextmanager
def other_keys(world):
    with mail(world, TAKEN):
        pass
    usual, world.settings.FIELD_KEYS = world.settings.FIELD_KEYS, "k9:" + "A" * 43 + "="
    try:
        yield
    finally:
        world.settings.FIELD_KEYS = usual


@contextmanager
def failed_night(world):
    with mail(world, TAKEN):
        pass
    NightlyRun.objects.filter(name="purge").update(failed_at=timezone.now(), fault="OSError")
    yield
    NightlyRun.objects.filter(name="purge").update(failed_at=None)


def late(fault="", tries=""):
    line = f"oldest message that is due: 7200 s{f', tried {tries} times, {fault}' if fault else ''}"
    return {
        "letter": "Waiting",
        "ready": ("ok", [line, "messages due for more than an hour: 1"]),
        "alarms": ["late"],
        "log": {"foundation.outbox.actions"} if fault else set(),
    }


def given_up(letter):
    return {
        "letter": letter,
        "ready": ("ok", ["messages that failed: 1"]),
        "alarms": ["failed"],
        "log": {"foundation.outbox.actions"},
    }


OUT = {"form": "503 kept", "log": {"django.request"}}
FAULTS = {
    "nothing": (lambda world: mail(world, TAKEN), {}),
    "nobody delivers": (lambda world: nullcontext(), late()),
    "mail refuses": (lambda world: mail(world, TAKEN, [b"451 4.3.0 later"]), late("SMTPRecipientsRefused 451 4.3.0", 1)),
    "mail refuses for good": (lambda world: mail(world, TAKEN, [b"550 5.1.1 nobody"]), given_up("Failed")),
    "mail drops after DATA": (
        lambda world: mail(world, SILENT["drops the line"], times=3),
        given_up("Failed, perhaps sent"),
    ),
    "mail drops at QUIT": (mail_that_hangs_up_at_quit, {}),
    "disk full": (lambda world: after_delivery(world, full()), OUT),
    "only to be read": (
        lambda world: after_delivery(world, only_to_read()),
        OUT | {"ready": ("ok", ["cannot write"]), "alarms": ["writing"]},
    ),
    "database gone": (
        lambda world: after_delivery(world, gone()),
        OUT
        | dict.fromkeys(("reads", "private page", "staff"), 503)
        | {"ready": ("database down", []), "alarms": ["database"], "log": {"django.request", "portal.views.machine"}},
    ),
    "key missing": (
        other_keys,
        {
            "private page": 503,
            "ready": ("ok", ["cannot open what families told"]),
            "alarms": ["keys"],
            "log": {"django.request", "appointments.views.private_access"},
        },
    ),
    "nightly command fails": (
        failed_night,
        {"ready": ("ok", ["nightly commands that failed: purge (OSError)"]), "alarms": ["nightly"]},
    ),
    # Staff sign in again; so does the family.
    "clock an hour ahead": (lambda world: clock(world, HOUR), {"staff": 302}),
    "clock an hour behind": (lambda world: clock(world, -HOUR), {"staff": 302}),
}


def in_short(seen):
    """Without what a machine adds."""
    first, lines = seen["ready"]
    return seen | {"ready": (first, [line.partition(": ")[0] if line.startswith("cannot") else line for line in lines])}


@pytest.mark.databases
@pytest.mark.usefixtures("own")
def test_each_fault_is_seen_by_whom_it_concerns_and_nobody_is_told_that_all_is_well(settings, caplog, request, monkeypatch):
    monkeypatch.setattr(key_holders, "_own", [KeyHolder(pk=1, seen_at=timezone.now() + timedelta(days=1))])  # said already
    world, scrub = World(settings), Scrub()
    for name in settings.NIGHTLY:
        NightlyRun.objects.create(name=name, succeeded_at=timezone.now())
    caplog.handler.addFilter(scrub)
    request.addfinalizer(lambda: caplog.handler.removeFilter(scrub))
    found = {}

    for name, (fault, _seen) in FAULTS.items():
        world.begin()
        caplog.clear()
        with fault(world):
            found[name] = in_short(world.seen())
        world.letter.refresh_from_db()
        warned = {record.name for record in caplog.records if record.levelno >= logging.WARNING}
        found[name] |= {"letter": world.letter.state, "log": warned}
        assert "Canary" not in caplog.text, name

    wanted = {name: WELL | seen for name, (_fault, seen) in FAULTS.items()}
    if connection.vendor == "sqlite":
        found["disk full"]["form"] = OUT["form"]  # a short row finds room in a page that SQLite has
        found["disk full"]["log"] = OUT["log"]
    else:
        wanted["disk full"] |= {"ready": ("ok", ["cannot write"]), "alarms": ["writing"]}
    assert found == wanted
