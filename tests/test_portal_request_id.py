"""A request's short name: in the log, on the page that says sorry, in the mail that came of it."""

import io
import json
import logging
import logging.config

import pytest
from django.conf import settings
from django.core import mail

from foundation import request_id
from foundation.outbox import actions
from portal.server.log_lines import PlainLines
from tests import factories
from tests.outbox import deliver_one

GIVEN, TYPED = "4f2a-91c0", "Kim Sample, 212 555 0199"


@pytest.fixture
def log():
    """What the handler of the settings writes, as JSON."""
    handlers = {"stderr": settings.LOGGING["handlers"]["stderr"] | {"formatter": "json"}}
    logging.config.dictConfig(settings.LOGGING | {"handlers": handlers})
    handler, out = logging.getLogger().handlers[-1], io.StringIO()
    handler.setStream(out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    logging.config.dictConfig(settings.LOGGING)


@pytest.fixture
def broken(client, monkeypatch):
    """A page that fails, asked with these headers."""

    def fails():
        raise LookupError(TYPED)

    monkeypatch.setattr("portal.middleware.database_answers", fails)
    client.raise_request_exception = False
    return lambda **headers: client.get("/conditions/?q=Kim", headers=headers)


def test_fault_has_one_name_in_the_log_and_on_the_page(broken, log):
    answer = broken()

    name = answer.headers["X-Request-ID"]
    lines = log()
    assert f'<b class="whole" translate="no">{name.upper()}</b>' in answer.content.decode()
    assert request_id.FORM.fullmatch(name)
    assert {line["request_id"] for line in lines} == {name}
    assert [line["logger"] for line in lines if line["level"] == "ERROR"] == ["django.request"]
    assert "LookupError" in lines[-1]["trace"]
    assert "Kim" not in json.dumps(lines)
    assert lines[-1]["time"].endswith("+00:00")


@pytest.mark.parametrize(
    ("proxies", "given", "taken"), [(1, GIVEN, True), (0, GIVEN, False), (1, "4F2A-91C0", False), (1, "x" * 9000, False)]
)
def test_name_is_that_of_a_proxy_we_trust(broken, settings, proxies, given, taken):
    settings.TRUSTED_PROXIES = proxies

    name = broken(x_request_id=given).headers["X-Request-ID"]

    assert (name == given) == taken
    assert request_id.FORM.fullmatch(name)


def test_mail_carries_the_name_of_what_made_it(client, db, settings):
    settings.TRUSTED_PROXIES = 1
    request = factories.request()
    for made in (GIVEN, request_id.NONE):
        token = request_id.current.set(made)
        actions.post(kind="received", object_id=request.pk)
        request_id.current.reset(token)

    while deliver_one():
        pass

    assert {letter.message()["X-Request-ID"] for letter in mail.outbox} == {GIVEN, None}


def test_plain_line_says_when_in_utc():
    plain = settings.LOGGING["formatters"]["plain"]
    line = PlainLines(plain["format"], style=plain["style"])
    record = logging.makeLogRecord({"created": 1_796_101_200.25, "msecs": 250, "msg": "well", "request_id": GIVEN})

    assert line.format(record).startswith("2026-12-01T")
    assert line.format(record).partition(" ")[0].endswith(".250Z")
