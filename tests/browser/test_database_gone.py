"""A parent types, PostgreSQL stops or hangs, the words stay; it comes back, and the same button goes on. On one of our own."""

import os
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from tests.browser.test_pages import overflow, violations
from tests.faults.world import World

pytestmark = [
    pytest.mark.databases,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that could stop"),
]


@contextmanager
def stopped(database):
    """As an administrator stops it, whoever is connected."""
    database.running.send_signal(signal.SIGINT)
    database.running.wait()
    try:
        yield
    finally:
        database.start()


@contextmanager
def hanging(database):
    """It takes connections and questions, and answers nothing."""
    head = database.running.pid
    children = [int(pid) for pid in Path(f"/proc/{head}/task/{head}/children").read_text().split()]
    for pid in (head, *children):
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in (head, *children):
            os.kill(pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def here():
    with tempfile.TemporaryDirectory(prefix="portal-gone-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL started by root runs as somebody else
        made, os.environ["DATABASE_PATIENCE"] = None, "1"
        try:
            made = World(Path(folder), "postgresql")
            made.start("web")
            yield made
        finally:
            del os.environ["DATABASE_PATIENCE"]
            for part in [part for part in reversed(made.parts.values()) if part.running] if made else []:
                part.kill()


@pytest.fixture
def page(chromium, here):
    context = chromium.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(here.site.address)  # from the first page on, the worker watches whether the database answers
    page.goto(f"{here.site.address}/appointments/request/you/")
    page.get_by_role("radio", name="I am the child’s parent").check()
    page.get_by_label("Your full name").fill("Pat Sample")
    page.get_by_role("checkbox", name="I am an adult").check()
    yield page
    context.close()


def go_on(page):
    page.get_by_role("button", name="Continue").click()


@pytest.mark.parametrize("away", [stopped, hanging])
def test_words_stay_while_the_database_is_away_and_go_on_when_it_is_back(here, page, away):
    with away(here.parts["database"]):
        go_on(page)

        assert page.get_by_role("heading", level=1).inner_text() == "We cannot take requests right now"
        assert "Pat Sample" in page.inner_text("main")
        assert "212 555 0142" in page.inner_text("main")
        assert away is hanging or violations(page) == []  # the same page
        assert overflow(page) <= 0
        page.get_by_role("button", name="Try again").click()
        assert "Pat Sample" in page.inner_text("main")
    for _try in range(40):  # the worker looks twice a second, and reconnects within another one
        page.get_by_role("button", name="Try again").click()
        page.wait_for_load_state()
        if page.url.endswith("/request/child/"):
            break
        page.wait_for_timeout(250)

    page.get_by_role("button", name="Back", exact=True).click()
    assert page.get_by_label("Your full name").input_value() == "Pat Sample"
    assert page.get_by_role("checkbox", name="I am an adult").is_checked()
