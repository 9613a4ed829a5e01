"""The life of an edition in a real browser: an editor, a reviewer, the editor again; from the first word to the live page."""

import os
import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.browser.conftest import signed_in
from tests.browser.test_pages import overflow, violations

SHOTS = os.environ.get("SHOTS")  # a folder for pictures of every page on the way
AHEAD = timedelta(seconds=int(os.environ.get("AHEAD", "10")))  # more by hand, for a look at a clock that moves
NEW_YORK = ZoneInfo("America/New_York")
SETTLED = "() => new Promise(done => setTimeout(done, 100))"  # the editor puts the caret back 20 ms after it got the focus


@pytest.fixture(scope="session")
def people(chromium, running):
    """Cookies of Edie, who writes, and of Ana, who reviews."""
    running.sign_in_link()  # makes the sample people
    return {name: signed_in(chromium, running, name) for name in ("edie", "ana")}


@pytest.fixture
def look():
    """Accessible, and within the screen; a picture of it if `SHOTS` says where. `known`: axe looks at it elsewhere."""
    seen = []

    def at(page, name, *, known=False):
        seen.append(name)
        page.wait_for_load_state()
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{len(seen):02}-{name}.png", full_page=True)
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")  # where the bar of the edit page covers nothing
        assert known or violations(page, dark=False) == [], name
        assert overflow(page) <= 0, name

    return at


def press(page, label):
    """A button of a verb's page or of a form, which leads on."""
    with page.expect_navigation():
        page.get_by_role("button", name=label, exact=True).click()


def save(page):
    """By the keys; one stands where one was."""
    page.evaluate(SETTLED)
    before = page.locator(".fold:focus-within").bounding_box()["y"]
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    page.locator(".messagelist .saved").wait_for(state="attached")
    page.wait_for_function(
        "y => Math.abs(document.querySelector(location.hash).getBoundingClientRect().top - y) < 40", arg=before
    )


def told(page):
    return page.locator(".messagelist").inner_text()


def write(page, section, words):
    """Adds words at the end of a section, as somebody who opens it and types."""
    page.locator(f"#sections-{section}").evaluate("(fold) => { fold.open = true; }")
    box = page.locator(f"#sections-{section} .tiptap")
    box.click()
    page.evaluate(SETTLED)
    page.keyboard.press("Control+End")
    page.evaluate(SETTLED)
    page.keyboard.type(f" {words}")


def test_from_the_first_word_to_the_live_page(visit, people, look, running):  # noqa: PLR0915
    edie = visit("/admin/conditions/condition/?q=crmo", staff=people["edie"])
    look(edie, "list")
    press(edie, "English")
    draft = edie.url

    write(edie, 0, "Nobody is to blame for it.")
    write(edie, 1, "Keep a diary of the pain.")
    edie.locator("#about > summary").click()
    edie.get_by_label("What changed").fill("We added how to keep a diary.")
    save(edie)
    look(edie, "written", known=True)  # tests/browser/test_coaching.py
    assert "2 places differ from the text that" in edie.locator(".decided").inner_text()
    edie.get_by_role("link", name="See what differs").click()
    look(edie, "compare")
    assert edie.locator(".comparison > div ins").all_text_contents() == [
        "added: Nobody is to blame for it. (end)",
        "added: Keep a diary of the pain. (end)",
    ]
    edie.goto(draft)
    press(edie, "Save and submit for sign-off")
    look(edie, "submitted")

    ana = visit(draft, staff=people["ana"])
    look(ana, "reviewer")
    ana.get_by_role("link", name="Sign off").click()
    look(ana, "reading", known=True)  # once more with what was forgotten, below
    assert ana.locator(".place").count() == 2
    assert not ana.get_by_text("Where the facts come from").is_visible()
    ana.get_by_text("The whole text", exact=True).click()
    ana.get_by_role("link", name=re.compile("^Comment on “")).nth(1).click()
    ana.get_by_label("Your comment:").fill("On paper or on the phone?")
    look(ana, "comment")
    press(ana, "Comment")
    ana.get_by_role("link", name="Send back to draft").click()
    ana.get_by_label("What is to do:").fill("Say how a diary is kept.")
    look(ana, "send-back")
    press(ana, "Send back to draft")

    edie.goto(draft)
    assert "Say how a diary is kept." in edie.locator(".sent-back").inner_text()
    write(edie, 1, "Paper is fine.")
    save(edie)
    edie.locator("#comments > summary").click()
    edie.get_by_role("link", name=re.compile("^Answer it")).click()
    edie.get_by_label("Your answer:").fill("Either. It says so now.")
    look(edie, "answer")
    press(edie, "Answer a comment")
    press(edie, "Save and submit for sign-off")

    ana.goto(draft)
    ana.get_by_role("link", name="Sign off").click()
    ana.get_by_role("checkbox").first.check()
    look(ana, "sign-off", known=True)
    press(ana, "Sign off")
    look(ana, "sign-off-once-more")
    press(ana, "Sign off")
    assert "You signed off this text. It can now be approved." in told(ana)

    edie.goto(draft)
    edie.locator(".bar summary").click()
    edie.get_by_role("link", name="Approve", exact=True).click()
    look(edie, "approve")
    assert "On the clock in New York." in edie.locator("#content").inner_text()
    at = datetime.now(NEW_YORK) + AHEAD
    edie.get_by_label("Show from:").fill(at.strftime("%Y-%m-%dT%H:%M:%S"))
    press(edie, "Approve")
    assert (
        f"Visitors see it from {at:%A} {at.day} {at:%B %Y}, {at.hour % 12 or 12}:{at:%M} {at:%p}".lower() in told(edie).lower()
    )
    family = visit("/conditions/crmo/")
    before, looked_at = family.locator("main").inner_text(), datetime.now(NEW_YORK)
    shown = live(family, "Paper is fine.", until=time.monotonic() + 90 + AHEAD.seconds)
    assert looked_at >= at or "Keep a diary of the pain." not in before
    assert shown >= at - timedelta(seconds=1)
    family.get_by_role("link", name="Earlier versions of this page").click()
    family.locator("main .rows a").nth(1).click()
    look(family, "earlier")
    assert "This is what the page said then." in family.locator("main").inner_text()
    assert "diary of the pain" not in family.locator("main").inner_text()

    edie.get_by_role("link", name="History").click()
    look(edie, "history")
    assert re.search(r"Ana Example signed this text on \d+ \w{3} \d{4} at \d\d:\d\d\.", edie.locator("#content").inner_text())


def live(page, words, until):
    """When the words first stand on the page; looks again each second."""
    while words not in page.locator("main").inner_text():
        assert time.monotonic() < until, "it is not live"
        time.sleep(1)
        page.reload()
    return datetime.now(NEW_YORK)


def test_from_nothing_to_a_scheduled_condition_by_few_clicks_and_pages(visit, people, look):
    pages, clicks = [], []

    def opened_by(name):
        return visit(
            "/admin/",
            staff=people[name],
            before=lambda page: page.on("domcontentloaded", lambda opened: pages.append(opened.url)),
        )

    def click(where):
        where.click()
        clicks.append(str(where))

    edie = opened_by("edie")
    click(edie.locator('.addlink[href="/admin/conditions/condition/add/"]'))
    edie.locator("#id_slug").fill("new-in-few-clicks")
    edie.locator("#id_names-0-text").fill("A new condition")
    click(edie.get_by_role("button", name="Save and write its text"))
    click(edie.locator("#top > summary"))
    edie.locator("#id_summary").fill("It is new.")
    click(edie.locator("#sections-0 > summary"))
    edie.locator("#sections-0 .tiptap").wait_for()
    edie.locator("#sections-0 .tiptap").focus()
    edie.evaluate(SETTLED)
    edie.keyboard.type("Nobody knows it yet.")
    click(edie.get_by_role("button", name="Add another source"))
    edie.locator("#id_sources-0-title").fill("A study")
    edie.locator("#id_sources-0-date").fill("2026-05")
    click(edie.locator("#about > summary"))
    edie.locator("#id_publish_at").fill("2035-05-07T09:00")
    look(edie, "blank-written", known=True)
    click(edie.get_by_role("button", name="Save, submit, and show once signed"))
    assert "once all have signed, visitors see it from Monday 7 May 2035, 9:00 am" in told(edie)

    ana = opened_by("ana")
    click(ana.locator("#content").get_by_role("link", name="A new condition").first)
    click(ana.get_by_role("button", name="Sign off"))
    ana.get_by_text("Nothing is signed yet: 11 of these are not ticked.").wait_for()
    look(ana, "blank-signed-once-more", known=True)
    click(ana.get_by_role("button", name="Sign off"))
    assert "Visitors see it from Monday 7 May 2035, 9:00 am" in told(ana)
    assert (len(clicks) <= 12, len(pages) <= 8) == (True, True), (clicks, pages)
