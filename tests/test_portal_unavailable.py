"""While the database does not answer: a kind page, soon, and what was typed comes back. With a database file that cannot be opened."""

import threading
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.db.backends.sqlite3.base import DatabaseWrapper

from portal.pagecache.content_version import monitor
from tests import factories
from tests.clients import Client
from tests.parallel import at_once

YOU = {"asker": "parent", "name": 'Pat "Canary" Sample', "confirm": "on"}
CHILD = {"name": "Kim Canary", "born_month": "April", "born_day": "23", "born_year": "2015"}


@contextmanager
def gone():
    """Every question to the database fails meanwhile."""
    there = connections["default"]
    connections["default"] = DatabaseWrapper(there.settings_dict | {"NAME": "/nowhere/at/all", "OPTIONS": {}}, "default")
    try:
        yield
    finally:
        connections["default"] = there


@pytest.fixture
def browser(db):
    """As a browser sees it: a failing view is an answer."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True, headers={"sec-fetch-site": "same-origin"})


@pytest.fixture
def staff(browser, admin_user):
    """Signed in before the database went away."""
    browser.force_login(admin_user)
    return browser


def post(browser, address, data, **more):
    browser.cookies["csrftoken"] = "a" * 32
    with gone():
        return browser.post(address, {"csrfmiddlewaretoken": "a" * 32, **data}, **more)


def text(response):
    return response.content.decode()


@pytest.mark.parametrize(
    ("address", "heading", "language"),
    [
        ("/conditions/", "This page cannot be shown right now", "en"),
        ("/es/conditions/", "Esta página no se puede mostrar en este momento", "es"),
        ("/appointments/", "This page cannot be shown right now", "en"),
        ("/appointments/r/some-secret/", "This page cannot be shown right now", "en"),
    ],
)
def test_page_says_that_it_cannot_be_shown_and_gives_the_phone(browser, address, heading, language):
    with gone():
        response = browser.get(address)

    assert response.status_code == 503
    assert f'<html lang="{language}"' in text(response)
    assert f"<h1>{heading}</h1>" in text(response)
    assert '<a href="tel:+12125550142">' in text(response)
    assert "<form" not in text(response)
    assert response.headers["Retry-After"] == "10"
    assert response.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("known", [False, True])
def test_pages_that_need_no_database_are_shown(browser, known, monkeypatch):
    _know(monkeypatch, away=known)

    with gone():
        assert [browser.get(path).status_code for path in ("/healthz", "/robots.txt", "/favicon.ico")] == [200] * 3


def test_database_that_is_known_to_be_away_is_not_asked(browser, monkeypatch, django_assert_num_queries):
    _know(monkeypatch, away=True)
    browser.cookies["csrftoken"] = "a" * 32

    with django_assert_num_queries(0):
        page = browser.get("/conditions/")
        form = browser.post("/appointments/request/you/", {"csrfmiddlewaretoken": "a" * 32, **YOU})

    assert (page.status_code, form.status_code) == (503, 503)
    assert "Canary" in text(form)
    assert "default-src 'none'" in form.headers["Content-Security-Policy"]


def _know(monkeypatch, *, away):
    """What a worker would have found."""
    monkeypatch.setattr(monitor, "active", True)
    monkeypatch.setattr(monitor, "refresh", lambda: None)
    monkeypatch.setattr(monitor, "failed", away)


@pytest.mark.parametrize(
    ("start", "heading", "button"),
    [
        ("", "We cannot take requests right now", "Try again"),
        ("/es", "En este momento no podemos recibir solicitudes", "Intentar otra vez"),
    ],
)
def test_typed_answers_come_back_and_can_be_sent_again(browser, start, heading, button):
    address = f"{start}/appointments/request/you/"

    response = post(browser, address, YOU)

    page = text(response)
    assert response.status_code == 503
    assert f"<h1>{heading}</h1>" in page
    assert f'<form action="{address}" method="post" novalidate>' in page
    assert '<input type="hidden" name="name" value="Pat &quot;Canary&quot; Sample">' in page
    assert '<input type="hidden" name="asker" value="parent">' in page
    assert f">{button}</button>" in page
    assert page.count('name="csrfmiddlewaretoken"') == 1
    assert "911" in page
    assert '<a href="tel:+12125550142">' in page


def test_typed_answers_are_shown_in_words(browser):
    page = text(post(browser, "/appointments/request/child/", CHILD))
    you = text(post(browser, "/appointments/request/you/", YOU))

    assert "<dd><bdi>Kim Canary</bdi></dd>" in page
    assert "<dt>Child’s date of birth</dt>\n<dd><bdi>April 23 2015</bdi></dd>" in page
    assert "<dd><bdi>I am the child’s parent</bdi></dd>" in you


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/appointments/", {"condition": "crmo"}),
        ("/appointments/request/check/", {"topic": ""}),
        ("/appointments/find/", {"reference": "K7M4-QXP2", "email": "p@example.org"}),
        ("/appointments/r/some-secret/words/", {"words": "She limps.\nToday too.", "seen": "3"}),
        ("/appointments/r/some-secret/withdraw/", {"words": "", "seen": "3"}),
        ("/appointments/r/some-secret/unlock/", {"born_month": "4", "born_day": "23", "born_year": "2015"}),
        ("/conditions/crmo/feedback/", {"helpful": "no", "comment": "More pictures"}),
    ],
)
def test_every_form_is_kept_and_sent_to_the_same_address(browser, address, data):
    response = post(browser, address, data)

    page = text(response)
    assert response.status_code == 503
    assert f'<form action="{address}" method="post" novalidate>' in page
    assert [name for name, value in data.items() if f'name="{name}" value="{value}">' not in page] == []
    assert response.headers["Referrer-Policy"] == "strict-origin"


def test_staff_are_told_that_nothing_was_saved(staff):
    address = "/admin/conditions/edition/1/change/?_popup=1"

    response = post(staff, address, {"summary": "Words of Edith", "_save": "Save"})

    assert response.status_code == 503
    assert f'<form action="{address}" method="post" novalidate>' in text(response)
    assert '<input type="hidden" name="_save" value="Save">' in text(response)
    assert "<h1>Nothing was saved</h1>" in text(response)
    assert "<p><bdi>Words of Edith</bdi></p>" in text(response)


def test_file_is_not_kept_which_is_said(staff):
    picture = SimpleUploadedFile("scan.png", b"binary", "image/png")

    response = post(staff, "/admin/pictures/librarypicture/add/", {"alt": "A girl swims", "file": picture})

    assert "Only the file that you chose cannot be kept." in text(response)
    assert 'value="A girl swims"' in text(response)
    assert "scan.png" not in text(response)


@pytest.mark.parametrize("address", ["/accounts/login/", "/admin/auth/user/add/"])
def test_passwords_do_not_come_back(staff, address):
    response = post(staff, address, {"login": "cora", "password": "canary-secret", "password1": "canary-secret"})

    assert response.status_code == 503
    assert "canary-secret" not in text(response)


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": ""}])
def test_words_of_a_stranger_get_no_button(browser, headers):
    with gone():
        response = browser.post("/appointments/request/you/", YOU, headers=headers)

    assert response.status_code in {403, 503}
    assert "Canary" not in text(response)


def test_nothing_typed_is_logged(browser, caplog):
    post(browser, "/appointments/request/you/", YOU)
    post(browser, "/appointments/r/some-secret/words/", {"words": "canary words"})

    assert "Service Unavailable" in caplog.text
    assert [word for word in ("Canary", "canary", "some-secret") if word in caplog.text] == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, not the whole database")
def test_locked_database_is_said_to_be_away(own):
    connection.settings_dict["OPTIONS"] = connection.settings_dict["OPTIONS"] | {"timeout": 0.1}
    connection.close()

    def ask(_number):
        browser = Client(raise_request_exception=False)
        return browser.post("/appointments/request/you/", YOU)

    with connection.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        response = at_once(ask, [1])[0]
        cursor.execute("ROLLBACK")
    healed = at_once(ask, [1])[0]

    assert response.status_code == 503
    assert "Canary" in text(response)
    assert healed["Location"] == "/appointments/request/child/"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, not the whole database")
@pytest.mark.parametrize("path", ["/news/", "/stories/", "/conditions/crmo/", "/search/?q=crmo"])
def test_thread_whose_first_page_met_a_long_writer_is_well_again(own, path):
    factories.live("crmo")
    factories.news("evening")
    connection.settings_dict["OPTIONS"] = connection.settings_dict["OPTIONS"] | {"timeout": 0.1}
    connection.close()
    locked, seen, free = threading.Event(), threading.Event(), threading.Event()

    def read(_number):
        browser = Client(raise_request_exception=False)
        locked.wait(60)
        first = browser.get(path).status_code
        seen.set()
        free.wait(60)
        return first, browser.get(path).status_code

    def write(_number):
        with connection.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            locked.set()
            seen.wait(60)
            cursor.execute("ROLLBACK")
            free.set()

    answers = at_once(lambda act: act(0), [read, write])[0]

    assert answers == (200, 200)  # readers never wait for a writer
