"""The short version of `make faults`, on the database that the suite runs on. How long anybody waits is measured there alone."""

import os

import pytest

from tests.faults import importing, without_mail
from tests.faults.__main__ import LEAST, faults, run
from tests.faults.world import world

pytestmark = pytest.mark.databases

DATABASE = "postgresql" if os.environ.get("DATABASE_URL") else "sqlite"


def test_nothing_is_lost_or_doubled_when_parts_are_dead_and_nobody_is_refused_for_an_import():
    with world(DATABASE) as here:  # one for all, as it takes long to make
        killed = run(here, 24, every=0.6)
        mail_down = without_mail.run(here, 16)
        clients, _took, code, log = importing.run(here, 3, 8)

    assert faults(killed, 24) == [], killed
    assert sum(killed["kills"].values()) >= LEAST
    assert without_mail.faults(mail_down) == [], mail_down
    assert code == 0, log
    assert {client.name: client.wrong for client in clients} == {"requests sent": [], "cases opened": [], "pages read": []}
