"""The short version of `make faults`, on the database that the suite runs on; and a mail server that does not answer."""

import os
import statistics

import pytest

from tests.faults import importing
from tests.faults.__main__ import LEAST, faults, run
from tests.faults.world import world

pytestmark = pytest.mark.databases

DATABASE = "postgresql" if os.environ.get("DATABASE_URL") else "sqlite"


def test_nothing_is_lost_or_doubled_or_slowed_when_parts_are_dead_and_nobody_waits_for_an_import():
    with world(DATABASE) as here:  # one for all, as it takes long to make
        killed = run(here, 60, every=0.6)
        mail_down = _without_mail(here)
        clients, _took, code, log = importing.run(here, 4, 12)

    assert faults(killed, 60) == [], killed
    assert sum(killed["kills"].values()) >= LEAST
    assert faults_without_mail(mail_down) == [], mail_down
    assert code == 0, log
    assert {client.name: client.wrong for client in clients} == {"requests sent": [], "cases opened": [], "pages read": []}
    assert max(max(client.took) for client in clients) < 3 * importing.LONGEST[DATABASE]  # the suite's machine has more to do


def _without_mail(here, count=60):
    """Families ask with the mail server up, then with it dead; then it lives again and the outbox is left to itself."""
    here.families.wrong.clear()
    secrets, medians = here.drafts(count), {}
    for name, part in {"up": secrets[: count // 2], "down": secrets[count // 2 :]}.items():
        if name == "down":
            here.parts["mail"].kill()
        here.families.taken.clear()
        here.families.send(part, clients=1)()
        medians[name] = round(statistics.median(here.families.taken) * 1000, 1)
    waiting = list(here.report()["messages"].values()).count("waiting")
    here.parts["mail"].start()
    here.settle(seconds=240)  # on a machine with nothing else to do it takes five; only the start of the sender takes long
    report = here.report()
    return {
        "median ms": medians,
        "acknowledged": sum(secret in here.families.references for secret in secrets),
        "wrong answers": here.families.wrong,
        "waited while it was dead": waiting,
        "statuses": sorted(set(report["messages"].values())),
        "not delivered": len(set(report["messages"]) - set(here.mails())),
        "said by the sender": here.parts["deliver"].log.read_text()[-1000:],
    }


def faults_without_mail(figures):
    wanted = {"acknowledged": 60, "wrong answers": [], "statuses": ["sent"], "not delivered": 0}
    found = [name for name, value in wanted.items() if figures[name] != value]
    if figures["waited while it was dead"] < 30:
        found.append("nothing waited")
    if figures["median ms"]["down"] > figures["median ms"]["up"] * 1.5 + 10:
        found.append("slower")
    return found
