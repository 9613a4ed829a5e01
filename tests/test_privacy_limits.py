"""Rate limits: exact, per window, and without keeping who."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from foundation.privacy.limits import address, allowed
from foundation.privacy.models import Attempts
from tests.parallel import at_once

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def attempts(rf, times, host="192.0.2.7"):
    request = rf.get("/", REMOTE_ADDR=host)
    return [allowed(request, what="feedback", most=3, per=HOUR) for _ in range(times)]


@pytest.mark.databases
def test_attempts_beyond_the_limit_are_refused_and_logged_once_without_who(db, rf, caplog):
    with time_machine.travel(NOON, tick=False):
        assert attempts(rf, 5) == [True, True, True, False, False]

    assert caplog.messages == ["the limit of feedback was reached"]


def test_somebody_else_is_not_refused(db, rf):
    with time_machine.travel(NOON, tick=False):
        attempts(rf, 5)

        assert attempts(rf, 1, host="192.0.2.8") == [True]


@pytest.mark.databases
def test_next_window_starts_anew(db, rf):
    for hours in range(2):
        with time_machine.travel(NOON + hours * HOUR, tick=False):
            assert attempts(rf, 5) == [True, True, True, False, False]

    assert list(Attempts.objects.order_by("pk").values_list("started_at", "count")) == [(NOON, 5), (NOON + HOUR, 5)]


@pytest.mark.parametrize("count", [1, 3])
def test_counting_costs_the_same_however_often(db, rf, django_assert_num_queries, count):
    attempts(rf, count)

    with django_assert_num_queries(4):  # a savepoint around two
        attempts(rf, 1)


def test_a_named_who_is_counted_wherever_it_comes_from(db, rf):
    with time_machine.travel(NOON, tick=False):
        tries = [
            allowed(rf.get("/", REMOTE_ADDR=f"192.0.2.{host}"), what="link", most=2, per=HOUR, who="pat@example.org")
            for host in range(4)
        ]

    assert tries == [True, True, False, False]
    assert "pat" not in str(Attempts.objects.values().get())


def test_one_ipv6_network_is_one_visitor(db, rf):
    with time_machine.travel(NOON, tick=False):
        tries = [attempts(rf, 1, host=f"2001:db8:0:{net}::{host}") for net in (1, 2) for host in range(1, 5)]

    assert tries == [[True], [True], [True], [False]] * 2


@pytest.mark.parametrize("form", ["192.0.2.{}", "::ffff:192.0.2.{}", "::FFFF:c000:02{:02x}"])
def test_two_ipv4_addresses_are_two_visitors_however_the_server_sees_them(db, rf, form):
    with time_machine.travel(NOON, tick=False):
        tries = [attempts(rf, 4, host=form.format(number)) for number in (7, 8)]

    assert tries == [[True, True, True, False]] * 2


def test_one_ipv4_address_is_one_visitor_in_both_forms(db, rf):
    with time_machine.travel(NOON, tick=False):
        tries = [attempts(rf, 2, host=host) for host in ("192.0.2.7", "::ffff:192.0.2.7")]

    assert tries == [[True, True], [True, False]]


@pytest.mark.parametrize("host", ["", "no address", "::ffff:192.0.2.7", "fe80::1%eth0"])
def test_odd_addresses_are_counted_too(db, rf, host):
    with time_machine.travel(NOON, tick=False):
        assert attempts(rf, 4, host=host) == [True, True, True, False]


@pytest.mark.databases
def test_many_at_once_are_counted_exactly(own, rf):
    request = rf.get("/", REMOTE_ADDR="192.0.2.7")
    others = [rf.get("/", REMOTE_ADDR=f"198.51.100.{host}") for host in range(8)]

    with time_machine.travel(NOON):
        answers = at_once(lambda who: allowed(who, what="feedback", most=3, per=HOUR), [request, *others] * 4)

    assert sum(answers[0::9]) == 3
    assert sum(answers) == 27
    assert sorted(Attempts.objects.values_list("count", flat=True)) == [4] * 9


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
