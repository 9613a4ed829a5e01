"""A dozen lives of requests, each looked at at every moment at which the clock changes something. `make lives`: more."""

from datetime import timedelta

import pytest
import time_machine

from appointments.models import Request
from tests.lives import START, Lives


@pytest.mark.django_db
def test_every_request_ends_is_erased_on_its_day_and_never_contradicts_the_clock(settings):
    settings.RETENTION_DAYS = 20
    with time_machine.travel(START, tick=False) as clock:
        lives = Lives(clock, 12, over=timedelta(days=3), seed=11, clinicians=3, look_ahead=0.5)
        lives.run()

    assert lives.faults == []
    assert {"accepted", "came", "tried"} - set(lives.acts) == set()
    assert Request.objects.filter(erased_at=None).count() == 0
    assert {"came", "unknown"} <= set(Request.objects.values_list("closing_reason", flat=True))
