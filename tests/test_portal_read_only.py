"""A database that can only be read, or is full: readers go on reading, and what was typed comes back in words."""

import errno
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
import time_machine
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from appointments.models import Draft
from conditions.models import PageFeedback
from foundation.search.models import Miss
from portal.server.outage import is_outage
from tests import factories
from tests.clients import Client

YOU = {"asker": "parent", "name": 'Pat "Canary" Sample', "confirm": "on"}
FEEDBACK = {"helpful": "no", "comment": "More pictures of Canary"}
pytestmark = pytest.mark.usefixtures("own")


@contextmanager
def only_to_read():
    """As a standby, or a file that this process may not change."""
    words = (
        ("PRAGMA query_only = {}", 1, 0)
        if connection.vendor == "sqlite"
        else ("SET default_transaction_read_only = {}", "on", "off")
    )
    with told(words[0].format(words[1]), words[0].format(words[2])):
        yield


@contextmanager
def on_a_file_that_may_not_be_changed():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL is no file of ours")
    connection.ensure_connection()  # as a site's own, the file is in WAL mode
    there = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = f"file:{there}?mode=ro"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = there


@contextmanager
def full():
    """A disk without room: SQLite may take no further page; PostgreSQL says the same of a new row."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS filling")
            cursor.execute("VACUUM")
            pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        with told(f"PRAGMA max_page_count = {pages}", "PRAGMA max_page_count = 1073741823"):
            yield
        return
    tables = ["appointments_draft", "conditions_pagefeedback", "privacy_attempts", "django_session", "audit_record"]
    refuse = "BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END"
    make = f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ {refuse} $$;" + "".join(
        f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk();"
        for table in tables
    )
    with told(make, "DROP FUNCTION full_disk CASCADE"):
        yield


@contextmanager
def told(before, after):
    with connection.cursor() as cursor:
        cursor.execute(before)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(after)


STATES = [only_to_read, on_a_file_that_may_not_be_changed, full]


@pytest.fixture
def browser():
    made = Client(raise_request_exception=False, enforce_csrf_checks=True, headers={"sec-fetch-site": "same-origin"})
    made.cookies["csrftoken"] = "a" * 32
    return made


@pytest.fixture
def staff(browser):
    browser.force_login(factories.administrator())
    assert browser.get(reverse("admin:index")).status_code == 200
    return browser


def post(browser, address, data):
    return browser.post(address, {"csrfmiddlewaretoken": "a" * 32, **data})


def site():
    factories.live("crmo")
    factories.department()
    factories.clinician("kim-sample")
    factories.story("pool")
    factories.news("evening")
    factories.term()
    return factories.request()


READ = [
    *(
        "/",
        "/es/",
        "/conditions/",
        "/conditions/crmo/",
        "/conditions/crmo/versions/",
        "/glossary/",
        "/stories/",
        "/stories/pool/",
    ),
    *("/news/", "/news/evening/", "/departments/", "/departments/rheumatology/", "/clinicians/kim-sample/", "/sitemap.xml"),
    *("/search/?q=crmo", "/search/?q=nothing+is+called+so", "/es/search/?q=nada+se+llama+asi", "/appointments/"),
    *("/appointments/request/you/", "/appointments/find/", "/accounts/login/", "/readyz", "/healthz", "/news/feed/"),
]


@pytest.mark.databases
@pytest.mark.parametrize("state", STATES)
def test_what_only_reads_goes_on(browser, state):
    row = site()
    addresses = [*READ, f"/appointments/r/{row.link}/"]
    before = {path: browser.get(path).status_code for path in addresses}

    with state():
        meanwhile = {path: browser.get(path).status_code for path in addresses}

    assert meanwhile == before
    assert set(before.values()) <= {200, 404}
    assert list(before.values()).count(404) <= 1


@pytest.mark.databases
@pytest.mark.parametrize("state", STATES)
def test_monitor_is_told_while_the_balancer_sends_readers(browser, state):
    with state():
        response = browser.get("/readyz")
    healed = browser.get("/readyz").content.decode()

    assert response.status_code == 200
    told = [line for line in response.content.decode().splitlines() if line.startswith("cannot write: ")]
    assert told or (state is full and connection.vendor == "sqlite")
    assert "\ncan write\n" in healed


@pytest.mark.databases
def test_search_that_finds_nothing_is_counted_when_it_can_be(browser):
    with only_to_read():
        browser.get("/search/?q=canary+disease")
    browser.get("/search/?q=canary+disease")

    assert list(Miss.objects.values_list("text", "count")) == [("canary disease", 1)]


TYPED = [
    ("/appointments/request/you/", YOU, 'value="Pat &quot;Canary&quot; Sample"'),
    ("/es/appointments/request/you/", YOU, 'value="Pat &quot;Canary&quot; Sample"'),
    ("/appointments/", {"condition": "crmo"}, 'value="crmo"'),
    ("/conditions/crmo/feedback/", FEEDBACK, 'value="More pictures of Canary"'),
    ("/appointments/find/", {"reference": "K7M4-QXP2", "email": "pat@example.org"}, 'value="pat@example.org"'),
]


@pytest.mark.databases
@pytest.mark.parametrize("state", STATES)
def test_what_was_typed_comes_back_and_goes_through_later(browser, state):
    site()
    typed = TYPED
    if connection.vendor == "sqlite" and state is full:  # one short row finds room in a page that SQLite has
        typed = [
            (at, data | {"name": data["name"] + " long" * 2_000}, word[:-1]) for at, data, word in TYPED if "name" in data
        ]

    with state():
        refused = [post(browser, address, data) for address, data, _word in typed]
    stored = Draft.objects.count(), PageFeedback.objects.count()

    for (address, data, word), answer in zip(typed, refused, strict=True):
        assert answer.status_code == 503, address
        assert word in answer.content.decode(), address
        assert f'<form action="{address}" method="post"' in answer.content.decode()
        assert post(browser, address, data).status_code in {200, 302, 303, 422}, address
    assert stored == (0, 0)


def test_family_can_look_at_its_request_but_not_write(browser):
    row = site()
    page = f"/appointments/r/{row.link}/"
    born = {"born_month": "4", "born_day": "3", "born_year": "2018"}
    opened = post(browser, f"{page}unlock/", born)

    with only_to_read():
        read = browser.get(page)
        refused = post(browser, f"{page}words/", {"words": "Canary limps", "seen": "1"})

    assert (opened.status_code, read.status_code, refused.status_code) == (302, 200, 503)
    assert 'value="Canary limps"' in refused.content.decode()


@pytest.mark.databases
def test_staff_read_but_nothing_personal_without_its_record(staff):
    row = site()
    case = reverse("admin:appointments_request_change", args=[row.pk])
    lists = [
        "admin:index",
        "admin:conditions_condition_changelist",
        "admin:news_newsitem_changelist",
        "admin:audit_record_changelist",
    ]

    with only_to_read(), time_machine.travel(timezone.now() + timedelta(minutes=2)):  # when a session is renewed
        answers = {name: staff.get(reverse(name)).status_code for name in lists}
        closed = staff.get(case)
    opened = staff.get(case)

    assert answers == dict.fromkeys(lists, 200)
    assert closed.status_code == 503
    assert row.child_name not in closed.content.decode()
    assert opened.status_code == 200


def test_what_staff_wrote_comes_back(staff):
    with only_to_read():
        refused = post(staff, reverse("admin:news_newsitem_add"), {"title": "Words of Edith", "kind": "article"} | ITEM)

    assert refused.status_code == 503
    assert 'value="Words of Edith"' in refused.content.decode()


ITEM = {"slug": "words", "language": "en", "summary": "In short.", "text": "<p>Come.</p>", "status": "draft"}


def test_sign_in_says_that_it_cannot_be_done_now(browser):
    factories.staff("sam")

    with only_to_read():
        refused = post(browser, "/accounts/login/", {"login": "sam", "password": "a long enough password"})

    assert refused.status_code == 503
    assert "a long enough password" not in refused.content.decode()


def test_sign_out_says_that_it_cannot_be_done_now(staff):
    with only_to_read():
        assert post(staff, "/accounts/logout/", {}).status_code == 503


def caused(fault, cause):
    try:
        raise fault from cause
    except type(fault) as raised:
        return raised


def test_outage_is_told_from_faults_of_ours():
    outages = {
        OperationalError("database or disk is full"): True,
        InterfaceError("connection already closed"): True,
        OSError(errno.ENOSPC, "No space left on device"): True,
        OSError(errno.EROFS, "Read-only file system"): True,
        caused(SessionInterrupted(), OperationalError("attempt to write a readonly database")): True,
        caused(InternalError(), psycopg.errors.ReadOnlySqlTransaction()): True,
        caused(InternalError(), psycopg.errors.InFailedSqlTransaction()): False,
        InternalError("a fault of ours"): False,
        SessionInterrupted(): False,
        FileNotFoundError(errno.ENOENT, "gone"): False,
        None: False,
    }

    assert {fault: is_outage(fault) for fault in outages} == outages
