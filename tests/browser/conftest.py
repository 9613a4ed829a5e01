"""A real Chromium on a real site with the sample content; one of each for all tests of a worker."""

import os

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.engines import BY_HAND, CHROMIUM, FIREFOX, FLAGS, SHIM, WHOLE, lacking
from tests.shell import loaded
from tests.site import site

OTHERS = {"test_engines.py", "test_old_engines.py", "test_text_browsers.py"}  # each says itself what it lacks


def pytest_collection_modifyitems(items):
    """Says what needs a browser, and leaves out what is missing, or left to `make browsers`."""
    items[:] = [item for item in items if not _left_to_make_browsers(item)]
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM and item.path.name not in OTHERS:
                item.add_marker(pytest.mark.skip(lacking("chromium")))


def _left_to_make_browsers(item):
    given = item.callspec.params if hasattr(item, "callspec") else {}
    return not WHOLE and {"world", "name"} <= {*given} and given["name"] not in BY_HAND[given["world"]]


@pytest.fixture(autouse=True)
def _no_network():
    """The browser is held to this machine by `context`; Playwright's own pipe needs the event loop's sockets."""


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    with site(tmp_path_factory.mktemp("site")) as made, loaded(made) as made:
        yield made


@pytest.fixture(scope="session")
def playwright():
    """One for every browser of a worker: a second would find the first one's event loop running."""
    if FIREFOX:
        os.environ["NODE_OPTIONS"] = f"--require {SHIM}"
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium, running):
    """Opens an address in a fresh context; at the end no page may have asked another host or broken its policy."""
    contexts, faults = [], []

    def go(address, *, width=1280, height=900, staff=None, before=None, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, storage_state=staff, **options)
        contexts.append(context)
        page = _watched(context, running, faults)
        if before:
            before(page)
        page.goto(address if address.startswith("http") else running.address + address)
        return page

    yield go
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="session")
def _pages(chromium, running):
    """One page of a worker for readers, and one for each colleague; what was wrong with any of them."""
    faults, pages = [], {}

    def page_of(staff):
        if id(staff) not in pages:
            pages[id(staff)] = _watched(chromium.new_context(storage_state=staff), running, faults)
        return pages[id(staff)]

    return page_of, faults


@pytest.fixture
def read(_pages, running):
    """Opens what is only looked at in the one page of a worker for this person: a new one costs 0.3 s of CPU, this 0.07 s."""
    page_of, faults = _pages

    def go(address, *, width=1280, height=900, staff=None, cookie=None):
        page = page_of(staff)
        if not staff:
            page.context.clear_cookies()
        if cookie:
            page.context.add_cookies([{**cookie, "url": running.address}])
        page.set_viewport_size({"width": width, "height": height})
        page.goto(running.address + address)
        return page

    faults.clear()
    yield go
    assert faults == []


def _watched(context, running, faults):
    """A page whose requests to other hosts, and errors, are written down in `faults`."""
    page = context.new_page()
    page.on("request", lambda r: None if r.url.startswith((running.address, "data:", "blob:")) else faults.append(r.url))
    page.on("console", lambda m: faults.append(f"{page.url}: {m.text}") if _is_fault(m) else None)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    return page


def _is_fault(message):
    """A policy violation or a script's error; a page that answers 404 is no fault of the page."""
    return message.type == "error" and "Failed to load resource" not in message.text


def signed_in(chromium, running, user="admin"):
    """The cookies of a staff member, through a one-time link, which stands for the second factor."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(running.sign_in_link(user))
    page.get_by_role("button").last.click()
    page.wait_for_url("**/admin/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="session")
def administrator(chromium, running):
    """A signed-in administrator's cookies."""
    return signed_in(chromium, running)
