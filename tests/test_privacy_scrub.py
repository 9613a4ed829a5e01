"""The log: where and when, never who or what they typed."""

import io
import logging
import time

import pytest
from django.conf import settings
from django.test import RequestFactory

from foundation.privacy import tokens
from foundation.privacy.scrub import LEFT_OUT, RULES, Scrub, scrub
from foundation.request_id import RequestId

TOKEN = "Zm9vYmFyYmF6cXV4-Zm9vYmFyYmF6cXV4_Zm9vYmFyM"


@pytest.fixture
def log():
    """A logger behind the handler that settings describe; `read` gives what it wrote."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(Scrub())
    logger = logging.getLogger("tests.scrub")
    logger.addHandler(handler)
    logger.read = out.getvalue
    yield logger
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (f"Not Found: /appointments/r/{TOKEN}/", "Not Found: /appointments/r/…/"),
        (f"Not Found: /Appointments/R/{TOKEN[:9]}.", "Not Found: /Appointments/R/…/"),
        (f"Not Found: /es/appointments/r/{TOKEN}/accept/", "Not Found: /es/appointments/r/…/"),
        ("Not Found: /appointments/r/short guess", "Not Found: /appointments/r/…/ guess"),
        (f"token {TOKEN}.", "token [secret]."),
        (f"https://example.org/{TOKEN}", "https://example.org/[secret]"),
        ("/accounts/one-time/Mg/d3h-0a1b2c/", "/accounts/one-time/…/"),
        (f"GET /accounts/invitation/{TOKEN}/", "GET /accounts/invitation/…/"),
        ("GET /search/?q=Kim+Canary HTTP/1.1", "GET /search/?… HTTP/1.1"),
        ("Is it so? Yes.", "Is it so? Yes."),
        ("to Pat.Sample+kim@mail.example.org now", "to [email] now"),
        ("<pat@example.org>", "<[email]>"),
        ("pat%40example.org", "[email]"),
        ("call 212 555 0199 now", "call [phone] now"),
        ("(212) 555-0199", "[phone]"),
        ("212.555.0199", "[phone]"),
        ("+1-212-555-0199", "[phone]"),
        ("+44 20 7946 0958", "[phone]"),
        ("2125550199", "[phone]"),
        ("message 1234567 was not sent: TimeoutError, try 12", "message 1234567 was not sent: TimeoutError, try 12"),
        ("took 0.1234567890 s", "took 0.1234567890 s"),
        ("2026-11-22 12:34:56,789", "2026-11-22 12:34:56,789"),
        ("/pictures/" + "a" * 64 + "-640.webp", "/pictures/" + "a" * 64 + "-640.webp"),
        ("Forbidden (CSRF cookie not set.): /appointments/request/child/", None),
    ],
)
def test_a_line_loses_only_what_is_personal(said, logged):
    assert scrub(said) == (said if logged is None else logged)


def test_every_token_that_we_make_is_known(log):
    for _ in range(500):
        log.info("opened %s", tokens.new()[0])

    assert log.read() == "opened [secret]\n" * 500


def test_arguments_are_scrubbed_too(log):
    log.warning("%s asked for %s", "pat@example.org", f"/appointments/r/{TOKEN}/")
    log.warning("%(who)s", {"who": "pat@example.org"})

    assert log.read() == "[email] asked for /appointments/r/…/\n[email]\n"


def test_arguments_that_do_not_fit_stop_nothing(log):
    for words in ("%d tries", "%s and %s"):
        log.warning(words, "pat@example.org")

    assert log.read() == "%d tries\n%s and %s\n"


def failing():
    child = "Kim Canary"
    try:
        int(child)
    except ValueError as fault:
        raise KeyError("Kim Canary born 2018-04-03") from fault


def test_a_traceback_keeps_its_lines_and_loses_words_that_somebody_may_have_typed(log):
    try:
        failing()
    except KeyError:
        log.exception("failed")

    written = log.read()
    assert "Kim Canary born" not in written.replace('raise KeyError("Kim Canary born 2018-04-03")', "")
    assert f"builtins.ValueError: {LEFT_OUT}\n… and then:\n" in written
    assert written.endswith(f"builtins.KeyError: {LEFT_OUT}\n")
    assert "in failing\n    int(child)" in written


def test_a_fault_of_our_own_keeps_its_words(log):
    try:
        log.no_such_thing("Kim")
    except AttributeError:
        log.exception("failed")

    assert log.read().endswith("AttributeError: 'Logger' object has no attribute 'no_such_thing'\n")


def test_a_refusal_is_one_line(log):
    try:
        failing()
    except KeyError:
        log.warning("Not Found: /appointments/", exc_info=True)

    assert log.read() == "Not Found: /appointments/\n"


def test_the_request_with_its_form_does_not_travel_along():
    form = RequestFactory().post("/", {"child_name": "Kim"})
    record = logging.makeLogRecord({"msg": "Server Error", "levelno": logging.ERROR, "request": form})

    Scrub().filter(record)

    assert not hasattr(record, "request")


def test_every_way_out_is_scrubbed_and_none_sends_mail():
    handlers = settings.LOGGING["handlers"]
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    own = [handler for logger in loggers for handler in logger.handlers if logger.name.startswith("django")]

    assert all(handler["filters"][-1] == "scrub" for handler in handlers.values())
    assert "AdminEmailHandler" not in str(handlers)
    assert own == []
    assert [type(f) for h in logging.getLogger().handlers for f in h.filters] == [RequestId, Scrub]


LONG_PARTS = [
    "a",
    "@",
    "a@",
    "a.a.a.",
    "+1-",
    "%40",
    "a%40",
    "212 55 ",
    "1.",
    "(",
    "/appointments/r/",
    "?",
    "/drafts/<",
    f"{TOKEN}-",
]


@pytest.mark.parametrize("part", LONG_PARTS)
def test_every_rule_looks_at_a_text_once_however_long_it_is(part):
    text = (part * 64_000)[:64_000]

    began = time.process_time()
    for pattern, instead in RULES:
        text = pattern.sub(instead, text)

    assert time.process_time() - began < 1  # measured: 7 ms; with a look at each pair of letters many seconds


@pytest.mark.parametrize("part", LONG_PARTS)
def test_what_is_logged_is_cut_first(log, part):
    log.warning("Not Found: %s", (part * 30_000)[:30_000])

    assert len(log.read()) < 9_000
    assert log.read() == "Not Found: /appointments/r/…/\n" or log.read().endswith("…\n") or len(log.read()) < 100


@pytest.mark.parametrize(
    "personal", ["pat.sample@mail.example.org", "pat.sample%40mail.example.org", TOKEN, "+1-212-555-0199", "(212) 555 0199"]
)
def test_what_is_personal_is_not_halved_by_the_cut(personal):
    parts = {personal[:most] for most in range(5, len(personal))} | {"mail.example", "555"}

    assert [at for at in range(1_900, 2_010) if _shown(at, personal, parts)] == []


def _shown(at, personal, parts):
    text = scrub((f"{'x' * 20} " * 200)[:at] + " " + personal + " yes" * 200)
    return any(part in text for part in parts)


def test_the_words_of_a_fault_of_ours_are_cut_too(log):
    try:
        open("/nowhere/" + "a" * 30_000)  # noqa: PTH123, SIM115
    except OSError:
        log.exception("failed")

    assert len(log.read()) < 5_000
    assert "OSError: [Errno 36] File name too long: '/nowhere" in log.read()


@pytest.mark.parametrize(
    "asked",
    [
        {"path": "/" + "a" * 16_000},
        {"path": "/" + "a.b" * 5_000},
        {"path": "/conditions/" + "+1-" * 5_000},
        {"path": "/" + "%40" * 5_000},
        {"path": "/" + "212 55 " * 2_000},
        {"path": "/appointments/r/" * 1_000},
        {"path": "/none/", "QUERY_STRING": "a@" * 8_000},
        {"path": "/", "HTTP_HOST": "a" * 30_000},
        {"path": "/", "HTTP_HOST": "a@" * 15_000},
        {"path": "/none/", "HTTP_USER_AGENT": "a" * 30_000, "HTTP_REFERER": "http://" + "a" * 30_000},
    ],
    ids=lambda asked: str(asked)[:60],
)
def test_a_long_address_costs_little_and_is_logged_short(client, db, caplog, asked):
    client.raise_request_exception = False
    client.get("/warmed-up/")
    scrubbing = Scrub()
    caplog.handler.addFilter(scrubbing)

    began = time.process_time()
    response = client.get(**asked)
    took = time.process_time() - began
    caplog.handler.removeFilter(scrubbing)

    assert response.status_code in {400, 404}
    assert took < 1  # some milliseconds in a worker (`python -m bench.addresses`); it was seconds
    assert len(caplog.text) < 6_000
