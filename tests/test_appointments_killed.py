"""A process is killed with -9 between holding an hour and writing the message: all of it happened, or nothing. `FULL=1`: thirty times."""

import os
import signal
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

import pytest
import time_machine
from django.db import connection

from appointments import actions
from appointments.actions.booking import Slot
from appointments.models import EarlierOffer, OfferedTime, Request
from foundation.audit.actions import faults
from foundation.outbox.models import Message
from foundation.workflow import Refused
from tests import factories
from tests.parallel import _leave

KILLS = 30 if "FULL" in os.environ else 5
NOW = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
LONG = timedelta(days=60)


class KilledHere:
    """Ends this process before a statement: the `after`-th since the hour was held, or the one that writes the message."""

    def __init__(self, after):
        self.after, self.since = after, 0

    def __call__(self, execute, sql, params, many, context):
        is_message = 'INSERT INTO "outbox_message"' in sql
        if self.since and (is_message or self.since == self.after):
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(sql, params, many, context)
        holds = sql.startswith(("INSERT", "UPDATE")) and '"appointments_offeredtime"' in sql
        self.since += bool(self.since) or holds
        return result


def killed(act, after):
    """Acts in a process of its own; how it ended."""
    _leave(connection)
    child = os.fork()
    if not child:
        try:
            with connection.execute_wrapper(KilledHere(after)):
                act()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def state(*rows):
    """All that an act changes."""
    fresh = [Request.objects.get(pk=row.pk) for row in rows]
    return [(row.status, row.version, list(row.times.values_list("status", flat=True)), row.events.count()) for row in fresh]


@pytest.mark.databases
@pytest.mark.usefixtures("own")
def test_hour_is_held_with_its_message_or_not_at_all():
    place = factories.department()
    cora, ana, where = factories.coordinator("cora", place), factories.clinician(), factories.location()
    ana.departments.add(place)

    def family(number):
        own = {"email": f"k{number}@example.org", "phone": f"212 555 {number:04}", "child_name": f"Kid {number}"}
        return factories.request(f"{number:064}", department=place, **own)

    def slot(at):
        return Slot(ana, at, at + timedelta(minutes=45), "America/New_York", where)

    def offer(row, at):
        return lambda: actions.offer(request=row, by=cora, slots=[slot(at)])

    def confirm(row, at):
        return lambda: actions.confirm_by_phone(request=row, by=cora, slot=slot(at))

    def accept(row, at):
        time = actions.offer(request=row, by=cora, slots=[slot(at)])[0]
        return lambda: actions.accept(request=row, time=time)

    def earlier(row, at):
        giver = family(1000 + row.pk)
        actions.confirm_by_phone(request=giver, by=cora, slot=slot(at))
        actions.withdraw(request=giver)
        actions.confirm_by_phone(request=row, by=cora, slot=slot(at + LONG))
        actions.wish_earlier(request=row, by="family", notice_days=3)
        freed = giver.times.get()
        return lambda: actions.offer_earlier(request=row, by=cora, freed=freed)

    with time_machine.travel(NOW, tick=False):
        for number, kind in enumerate(islice(cycle([offer, confirm, accept, earlier]), KILLS)):
            at, (row, rival) = NOW + timedelta(days=8, hours=number), (family(2 * number), family(2 * number + 1))
            act = kind(row, at)
            row.refresh_from_db()
            before, mails = state(row, rival), Message.objects.count()

            ended = killed(act, after=1 + number % 9)

            assert os.WTERMSIG(ended) == signal.SIGKILL, kind.__name__
            assert (state(row, rival), Message.objects.count()) == (before, mails), kind.__name__  # nothing is half done
            act()  # pressed again: done, and once
            with pytest.raises(Refused):
                actions.confirm_by_phone(request=rival, by=cora, slot=slot(at))
            assert OfferedTime.objects.taken().overlapping(at, at + timedelta(minutes=45)).count() == 1
            assert Message.objects.count() > mails
        assert EarlierOffer.objects.count() == KILLS // 4
        assert list(faults()) == []
