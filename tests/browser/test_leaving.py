"""Leaving a page of questions in a real browser: by a link, by Back and Forward, in another language. And the second error."""

import pytest
from playwright.sync_api import expect

WORDS = "Pat Half-Typed"


@pytest.fixture
def asked(visit):
    """The first step, with a name typed and nothing sent."""

    def go(**options):
        page = visit("/appointments/request/you/", **options)
        page.get_by_label("Your full name").fill(WORDS)
        return page

    return go


def wait_until_kept(page, running, words, path="/appointments/request/you/"):
    """The words of a page that was left travel beside the next page; a busy machine may answer that one first."""
    for _ in range(50):
        if words in page.context.request.get(f"{running.address}{path}").text():
            return
        page.wait_for_timeout(100)
    pytest.fail(f"{words!r} never reached the site")


@pytest.mark.parametrize("script", [True, False])
def test_words_stay_by_back_and_in_the_other_language(asked, script):
    page = asked(java_script_enabled=script)

    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("#id_name")).to_have_value(WORDS)
    page.locator("#id_name").fill(f"{WORDS} again")
    page.get_by_role("button", name="Atrás").click()
    page.wait_for_url("**/es/appointments/")

    expect(page.locator("#id_name")).to_have_value(f"{WORDS} again")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_words_stay_by_a_link_of_the_page_and_by_back_and_forward(asked, running):
    page = asked()

    page.locator("header .brand").click()
    page.wait_for_url(lambda address: "/appointments/" not in address)
    wait_until_kept(page, running, WORDS)
    page.go_back()
    expect(page.locator("#id_name")).to_have_value(WORDS)
    page.locator("#id_name").fill(f"{WORDS} again")
    page.go_back()
    wait_until_kept(page, running, f"{WORDS} again")
    page.go_forward()

    expect(page.locator("#id_name")).to_have_value(f"{WORDS} again")


def test_first_question_on_the_start_page_keeps_its_words(visit, running):
    page = visit("/appointments/?condition=crmo")
    page.get_by_label("Your full name").fill(WORDS)

    page.locator("header .brand").click()
    page.wait_for_url(lambda address: "/appointments/" not in address)
    wait_until_kept(page, running, WORDS)
    page.get_by_role("link", name="Ask for an appointment").last.click()

    expect(page.locator("#id_name")).to_have_value(WORDS)


def test_enter_goes_on(asked):
    page = asked()
    page.get_by_label("I am the patient").check()

    page.get_by_label("Your full name").press("Enter")

    page.wait_for_url("**/child/")


def test_second_error_starts_at_the_summary_again(asked):
    page = asked()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("alert").get_by_role("link").first.click()
    assert page.url.endswith("#id_asker_0")

    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(lambda address: "#" not in address)

    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_be_in_viewport()


def test_step_without_script_offers_no_link_that_loses_words(visit, running):
    page = visit("/appointments/request/you/", java_script_enabled=False)
    page.get_by_label("Your full name").fill("Pat Sample")

    links = page.locator("header.mast a[href^='/'], footer a[href^='/']").count()
    page.locator("button.brand").click()
    left = page.url
    page.goto(f"{running.address}/appointments/request/you/")

    assert links == 0
    assert left == f"{running.address}/"
    assert page.get_by_label("Your full name").input_value() == "Pat Sample"
