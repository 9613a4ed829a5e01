"""Earlier times with many at once: one family gets the hour, and nobody loses the visit it has."""

import os
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from appointments import actions
from appointments.actions.booking import Slot
from appointments.models import EarlierOffer, OfferedTime, Request
from foundation.audit.actions import faults
from tests import factories
from tests.parallel import at_once
from tests.test_appointments_races import requests, winners

CROWD = 50 if "FULL" in os.environ else 8
NOW = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
HOUR = NOW + timedelta(days=7)
pytestmark = [pytest.mark.databases, pytest.mark.usefixtures("own")]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def slot(who, at):
    return Slot(who, at, at + timedelta(minutes=45), "America/New_York", factories.Location.objects.get())


@pytest.fixture
def crowd():
    """Families with visits weeks ahead that would come sooner, and the hour that one more gave back."""
    first, *rows = requests(CROWD + 1)
    factories.location()
    cora, ana = factories.coordinator("cora", first.department), factories.clinician()
    ana.departments.add(first.department)
    actions.confirm_by_phone(request=first, by=cora, slot=slot(ana, HOUR))
    actions.withdraw(request=first)
    for number, row in enumerate(rows):
        actions.confirm_by_phone(request=row, by=cora, slot=slot(ana, HOUR + timedelta(days=20 + number)))
        actions.wish_earlier(request=row, by="family", notice_days=3)
    return rows, first.times.get(), cora


def standing():
    return OfferedTime.objects.standing().values("request").distinct().count()


def test_one_hour_is_held_for_one_family_and_every_visit_stands(crowd):
    rows, freed, cora = crowd

    results = at_once(
        lambda row: actions.offer_earlier(request=row, by=cora, freed=freed, reason="asked"),
        [Request.objects.get(pk=row.pk) for row in rows],
    )

    assert len(winners(results)) == 1
    assert EarlierOffer.objects.count() == OfferedTime.objects.on_offer().count() == 1
    assert standing() == CROWD
    assert list(faults()) == []


def test_yes_and_no_at_once_end_in_one_of_them_and_in_one_visit(crowd):
    rows, freed, cora = crowd
    offer = actions.offer_earlier(request=rows[0], by=cora, freed=freed)
    acts = [
        lambda row: actions.accept(request=row, time=offer.time),
        lambda row: actions.decline_earlier(request=row, by="family"),
        lambda row: actions.take_earlier(request=row, by=cora),
        lambda row: actions.wish_earlier(request=row, by="family", notice_days=7),
    ]
    things = [(acts[number % 4], Request.objects.get(pk=rows[0].pk)) for number in range(CROWD)]

    results = at_once(lambda thing: thing[0](thing[1]), things)

    assert len(winners(results)) == 1
    visit = rows[0].times.get(status="confirmed")
    offer.refresh_from_db()
    took = visit.pk == offer.time_id
    assert took == (rows[0].times.filter(replaced_by__isnull=False).count() == 1)
    assert not (took and offer.declined_at)
    assert standing() == CROWD
    assert OfferedTime.objects.overlapping(HOUR, HOUR + timedelta(hours=1)).taken(timezone.now()).count() <= 1
