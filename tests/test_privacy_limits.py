"""Rate limits: exact, per window, and without keeping who."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from foundation.privacy.limits import address, allowed
from foundation.privacy.models import Attempts

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def attempts(rf, times, host="192.0.2.7"):
    request = rf.get("/", REMOTE_ADDR=host)
    return [allowed(request, what="feedback", most=3, per=HOUR) for _ in range(times)]


def test_attempts_beyond_the_limit_are_refused(db, rf):
    with time_machine.travel(NOON, tick=False):
        assert attempts(rf, 5) == [True, True, True, False, False]


def test_somebody_else_is_not_refused(db, rf):
    with time_machine.travel(NOON, tick=False):
        attempts(rf, 5)

        assert attempts(rf, 1, host="192.0.2.8") == [True]


def test_next_window_starts_anew_and_forgets_the_last(db, rf):
    with time_machine.travel(NOON, tick=False):
        attempts(rf, 5)
    with time_machine.travel(NOON + HOUR, tick=False):
        assert attempts(rf, 1) == [True]

    assert Attempts.objects.count() == 1


def test_address_is_kept_only_as_a_hash(db, rf):
    with time_machine.travel(NOON, tick=False):
        attempts(rf, 1)

    assert "192.0.2.7" not in str(Attempts.objects.values().get())


@pytest.mark.parametrize(
    ("trusted", "header", "seen"),
    [
        (0, "203.0.113.9", "192.0.2.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "203.0.113.9", "192.0.2.7"),
    ],
)
def test_forwarded_address_counts_only_behind_trusted_proxies(rf, settings, trusted, header, seen):
    settings.TRUSTED_PROXIES = trusted

    assert address(rf.get("/", REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR=header)) == seen
