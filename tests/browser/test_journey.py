"""A parent asks for an appointment in a real browser: every page and every error of the way, on a phone and on a desk."""

import os
import time
from itertools import product

import pytest

from tests.browser.test_pages import overflow, violations

QUICKEST = 3.1  # seconds from the first answer; whoever is quicker is asked to send again
# Phone and desktop, with script and without: `make faults` goes all four ways with each journey, the suite one.
WAYS = list(product((360, 1280), (True, False))) if "FULL" in os.environ else []
JUDGED = set()  # pages that axe has seen, by address, title and width: each once is enough
LETTER = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def right(page, *, dark=True):
    """Accessible, within the screen in both directions, with one title of its own. (Without script axe cannot run, but all else can be looked at.)"""
    page.wait_for_load_state()
    assert overflow(page) <= 0
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert overflow(page) <= 0, "from right to left"
    page.evaluate("document.documentElement.dir = 'ltr'")
    assert page.locator("main h1").count() == 1
    seen = (page.url.partition("?")[0], page.title(), page.viewport_size["width"])
    if not page.context.scriptless and seen not in JUDGED:
        assert violations(page, dark=dark) == []
        JUDGED.add(seen)


def go_on(page):
    page.get_by_role("button", name="Continue").click()


def wrong(page, *links):
    """Sends what is there, and finds these complaints: linked, in the title, in focus; then the page as it was."""
    go_on(page)
    right(page)
    assert page.title().startswith("Error: ")
    summary = page.get_by_role("alert")
    assert summary.get_by_role("link").all_inner_texts() == list(links)
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    for link in summary.get_by_role("link").all():
        target = link.get_attribute("href")
        assert page.locator(target).is_visible(), target


def you(page):
    right(page, dark=False)  # `wrong` looks at the dark, here and below
    wrong(page, "Select who you are", "Enter your name", "If you ask for a child, select this box too")
    page.get_by_role("radio", name="I am the child’s parent").check()
    page.get_by_label("Your full name").fill("Pat Sample")
    page.get_by_role("checkbox", name="I am an adult").check()
    go_on(page)
    page.context.began = time.monotonic()


def take_time(page):
    page.wait_for_timeout(1000 * max(0, page.context.began + QUICKEST - time.monotonic()))


def child(page, name):
    right(page, dark=False)
    page.get_by_label("Child’s full name").fill(name)
    page.get_by_label("Month").fill("April")
    page.get_by_label("Day").fill("23")
    wrong(page, "Date of birth must include a year")
    assert page.get_by_label("Child’s full name").input_value() == name
    page.get_by_label("Year").fill("2015")
    go_on(page)


def visit_by_video(page):
    right(page, dark=False)
    assert page.get_by_label("What is the visit about?").input_value() == "crmo"
    assert not page.get_by_label("Where will your child be").is_visible()
    wrong(page, "Select the kind of visit", "Select how you would like to meet us", "Select whether you need an interpreter")
    page.get_by_label("A first visit with us").check()
    page.get_by_label("By video").check()
    page.get_by_label("Yes, in another spoken language").check()
    wrong(page, "Select the state for a video visit", "Enter the language you speak")
    page.get_by_label("Which language?").fill("Español")
    page.get_by_label("Where will your child be").select_option("California")
    go_on(page)
    right(page)
    assert page.get_by_role("heading", level=1).inner_text() == "A video visit is not possible there"
    page.get_by_role("link", name="Change the state").click()
    assert page.get_by_label("Which language?").input_value() == "Español"
    page.get_by_label("Where will your child be").select_option("New Jersey")
    go_on(page)


def visit_in_person(page):
    page.get_by_label("A follow-up").check()
    page.get_by_label("In person").check()
    page.get_by_label("No, English is fine").check()
    page.get_by_label("Anything we should know").fill("Two lines\nof <b>words</b>")
    go_on(page)


def contact(page, email=""):
    right(page, dark=False)
    wrong(
        page,
        "Enter a phone number or an email address",
        "Select how we should reach you first",
        "If we may call you, select whether we may leave a message",
    )
    page.get_by_label("Phone").fill("212 555 0199")
    page.get_by_label("Email", exact=True).fill(email)
    page.get_by_label("Call me").check()
    wrong(page, "Select whether we may leave a message")
    page.get_by_label("Yes, with your name").check()
    go_on(page)


def times(page):
    right(page, dark=False)
    page.get_by_label("Monday morning").check()
    page.get_by_label("Earliest day").fill("2020-01-01")
    wrong(page, "Earliest day must be today or later")
    page.get_by_label("Earliest day").fill("")
    go_on(page)


@pytest.fixture
def family(visit):
    """Opens the start page on a device; remembers whether it runs scripts."""

    def open_start(width, script, **options):
        page = visit("/appointments/?condition=crmo", width=width, height=800, java_script_enabled=script, **options)
        page.context.scriptless = not script
        return page

    return open_start


@pytest.mark.parametrize(("width", "script"), WAYS or [(360, True)])
def test_parent_asks_for_a_video_visit(family, width, script):
    page = family(width, script)
    right(page)
    you(page)
    child(page, f"Kim {next(LETTER)}")
    visit_by_video(page)
    contact(page, email="pat@gmial.com")
    times(page)

    right(page)
    assert "Or is it pat@gmail.com?" in page.inner_text("main")
    page.get_by_role("link", name="Change How to reach you").click()
    page.get_by_label("Email", exact=True).fill("pat@example.org")
    go_on(page)
    assert "pat@example.org" in page.inner_text("main")
    take_time(page)
    page.get_by_role("button", name="Send my request").click()

    right(page)
    assert page.get_by_role("heading", level=1).inner_text() == "We have your request"
    assert "We are sending an email to pat@example.org" in page.inner_text("main")
    reference = page.locator(".reference b").inner_text()
    page.reload()
    assert page.locator(".reference b").inner_text() == reference
    page.go_back()
    assert page.locator(".reference b").inner_text() == reference


@pytest.mark.parametrize(("width", "script"), WAYS or [(1280, False)])
def test_parent_asks_for_a_visit_in_person_going_back_and_forth(family, width, script):
    page = family(width, script)
    you(page)
    child(page, f"Lou {next(LETTER)}")
    page.wait_for_url("**/visit/")
    page.wait_for_load_state()
    page.go_back()
    page.reload()
    assert page.get_by_label("Year").input_value() == "2015"
    go_on(page)
    visit_in_person(page)
    page.get_by_role("button", name="Back", exact=True).click()
    assert page.get_by_label("Anything we should know").input_value() == "Two lines\nof <b>words</b>"
    go_on(page)
    contact(page)
    times(page)

    assert "of <b>words</b>" in page.inner_text("main")
    take_time(page)
    page.get_by_role("button", name="Send my request").dblclick()

    page.wait_for_url("**/done/")
    right(page)
    assert "You gave no email address" in page.inner_text("main")


def test_pages_that_lead_away_from_the_form_are_accessible(family):
    page = family(360, script=True)
    page.get_by_label("I am under 18").check()
    go_on(page)
    right(page)
    assert page.get_by_role("heading", level=1).inner_text() == "Call us, and we help you"

    page.goto(page.url.partition("?")[0])
    you(page)
    page.get_by_label("Child’s full name").fill("Grown Sample")
    for label, typed in {"Month": "4", "Day": "23", "Year": "1990"}.items():
        page.get_by_label(label).fill(typed)
    go_on(page)
    right(page)
    assert page.get_by_role("heading", level=1).inner_text() == "Our adult service can help"


def test_patient_is_not_asked_what_concerns_a_child(family):
    page = family(360, script=False)
    assert page.get_by_role("checkbox", name="I am an adult").is_visible()
    page.get_by_label("I am the patient").check()
    assert not page.get_by_role("checkbox", name="I am an adult").is_visible()
    page.get_by_label("Your full name").fill("Pat Sample")
    go_on(page)

    assert page.get_by_label("Your full name").input_value() == "Pat Sample"
    assert page.get_by_label("Your full name").get_attribute("autocomplete") == "off"
    assert page.get_by_label("Month").get_attribute("autocomplete") == "off"


def test_steps_fit_with_large_text_and_from_right_to_left(family):
    page = family(360, script=True)
    you(page)
    child(page, "Kim Wide")
    visit_in_person(page)
    contact(page)
    for step in ("you", "child", "visit", "contact", "times"):
        page.goto(page.url.rpartition("request/")[0] + f"request/{step}/")
        page.set_viewport_size({"width": 640, "height": 800})
        page.evaluate("document.documentElement.style.fontSize = '225%'")
        assert overflow(page) <= 0, step
        page.evaluate("document.documentElement.style.fontSize = ''; document.documentElement.dir = 'rtl'")
        page.set_viewport_size({"width": 320, "height": 800})
        assert overflow(page) <= 0, step
        if step in {"visit", "times"} or "FULL" in os.environ:
            assert violations(page, dark=False) == []  # `right` looks at the dark
