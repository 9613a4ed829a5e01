"""What is typed into a draft survives a crash, an ended sign-in and a second tab, until it is saved or thrown away."""

import os
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.test_pages import violations

# Not of CRMO, of which tests/browser/test_editing.py begins its own, perhaps in the same site.
DRAFTS = """
from conditions import actions
from conditions.models import Condition
for condition in Condition.objects.filter(slug__in=["pfapa", "sapho", "scoliosis", "perthes-disease", "growing-pains", "kawasaki-disease", "lupus", "bone-infection"]):
    begun = condition.editions.open().filter(language="en").first()
    print("PK", condition.slug, (begun or actions.start_draft(condition=condition, language="en", by="test")).pk)
"""
END = "from django.contrib.sessions.models import Session; Session.objects.get(session_key={key!r}).delete()"
OFFER = ".keep"


@pytest.fixture(scope="session")
def draft(running):
    """The address in the admin of the draft of a sample condition."""
    begun = dict(re.findall(r"PK (\S+) (\d+)", running.manage("shell", "-v", "0", "-c", DRAFTS)))
    return lambda slug: f"/admin/conditions/edition/{begun[slug]}/change/"


@pytest.fixture
def sign_in(running):
    """Signs a page's browser in anew."""

    def go(page):
        page.goto(running.sign_in_link())
        page.get_by_role("button").last.click()
        page.wait_for_url("**/admin/")

    return go


def editor(page, number=0):
    """The box of a section's text, which comes when the section is opened."""
    page.locator(f"#sections-{number}").evaluate("(fold) => { fold.open = true; }")
    return page.locator(f"#sections-{number} .ProseMirror[role=textbox]")


def short_answer(page):
    page.locator("#top").evaluate("(fold) => { fold.open = true; }")
    return page.get_by_label("The short answer")


def write(page, words, number=0):
    editor(page, number).wait_for()
    editor(page, number).fill(words)


def kept(page):
    return page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('keep:')).length")


def save(page):
    page.locator(".bar").get_by_role("button", name="Save", exact=True).click()
    page.locator(".messagelist .saved").wait_for()


def test_words_survive_a_page_that_was_closed(visit, draft, administrator, running):
    address = draft("pfapa")
    page = visit(address, staff=administrator)
    short_answer(page).fill("A better short answer.")
    write(page, "Words before the crash.")
    page.get_by_role("button", name="Add another section").click()
    new = page.locator(".section").count() - 1
    write(page, "A whole new section.", new)
    page.context.new_page().goto(running.address)
    page.close()

    page = page.context.pages[0]
    page.goto(running.address + address)
    offer = page.locator(OFFER)
    offer.wait_for()
    assert "that are not saved" in offer.inner_text()
    assert editor(page).inner_text() != "Words before the crash."
    offer.get_by_role("button", name="Continue with them").click()

    assert short_answer(page).input_value() == "A better short answer."
    assert editor(page).inner_text() == "Words before the crash."
    assert editor(page, new).inner_text() == "A whole new section."
    page.locator(f"#id_sections-{new}-kind").select_option("living-with")
    save(page)
    assert kept(page) == 0
    assert page.locator(OFFER).count() == 0
    assert editor(page).inner_text() == "Words before the crash."
    assert page.locator(".ProseMirror[role=textbox]", has_text="A whole new section.").count() == 1


def test_words_survive_an_ended_sign_in(visit, draft, sign_in, running):
    address = draft("sapho")
    page = visit(running.sign_in_link())
    page.get_by_role("button").last.click()
    page.goto(running.address + address)
    write(page, "Words of a long morning.")
    key = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid")
    running.manage("shell", "-v", "0", "-c", END.format(key=key))

    page.locator(".bar").get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/accounts/login/**")
    assert parse_qs(urlsplit(page.url).query)["next"] == [address]
    sign_in(page)
    page.goto(running.address + address)

    page.locator(OFFER).get_by_role("button", name="Continue with them").click()
    assert editor(page).inner_text() == "Words of a long morning."
    save(page)
    assert kept(page) == 0


def test_two_tabs_keep_their_words_apart(visit, draft, administrator, running):
    address = draft("scoliosis")
    first = visit(address, staff=administrator)
    short_answer(first).fill("From the first tab.")
    second = first.context.new_page()
    second.goto(running.address + address)
    write(second, "From the second tab.")
    assert second.locator(OFFER).count() == 0
    assert kept(second) == 2

    save(second)
    first.close()
    offer = second.locator(OFFER)
    offer.wait_for()

    assert "Somebody saved this page since then." in offer.inner_text()
    offer.get_by_role("button", name="Continue with them").click()
    assert short_answer(second).input_value() == "From the first tab."
    second.locator(".bar").get_by_role("button", name="Save", exact=True).click()
    second.locator("#overtaken-heading").wait_for()
    assert "From the first tab." in second.locator(".overtaken").inner_text()
    assert second.locator(OFFER).count() == 0
    save(second)
    assert kept(second) == 0
    assert editor(second).inner_text() == "From the second tab."


def test_words_follow_their_person_to_another_device_and_are_gone_when_saved_there(visit, draft, administrator, running):
    address = draft("kawasaki-disease")
    phone = visit(address, staff=administrator, width=390)
    short_answer(phone).fill("Typed on the way.")
    write(phone, "Also typed on the way.", 1)
    phone.locator("[data-kept]").wait_for()
    phone.route("**/working-copy/", lambda route: route.abort())  # its battery is empty
    laptop = visit(address, staff=administrator, height=1800)  # no panel half below the bar, where axe finds it too small

    offer = laptop.locator(OFFER)
    assert "Chrome on Linux" in offer.inner_text()
    assert "Typed on the way." in offer.locator("dd").all_inner_texts()
    assert violations(laptop) == []
    offer.get_by_role("button", name="Continue with them").click()
    assert editor(laptop, 1).inner_text() == "Also typed on the way."
    save(laptop)
    laptop.reload()

    assert short_answer(laptop).input_value() == "Typed on the way."
    assert laptop.locator(OFFER).count() == 0


def test_page_that_outlives_its_sign_in_and_its_site_goes_on_keeping(visit, draft, sign_in, running):
    address = draft("lupus")
    page = visit(running.sign_in_link())
    page.get_by_role("button").last.click()
    page.goto(running.address + address)
    page.route("**/working-copy/", lambda route: route.fulfill(status=503))
    short_answer(page).fill("A short answer.")
    page.get_by_text("The site cannot be reached.").wait_for()
    page.unroute("**/working-copy/")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.locator("[data-kept]").wait_for()
    key = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid")
    running.manage("shell", "-v", "0", "-c", END.format(key=key))

    short_answer(page).fill("A better short answer.")
    page.get_by_text("You are signed out.", exact=False).first.wait_for()
    sign_in(page.context.new_page())
    page.evaluate("dispatchEvent(new Event('online'))")
    page.locator("[data-kept]").wait_for()
    save(page)

    assert short_answer(page).input_value() == "A better short answer."


def test_words_thrown_away_are_gone_and_signing_out_leaves_them_to_the_site(visit, draft, sign_in, running):
    address = draft("perthes-disease")
    page = visit(running.sign_in_link())
    page.get_by_role("button").last.click()
    page.goto(running.address + address)
    short_answer(page).fill("Not so good.")
    page.reload()
    page.locator(OFFER).get_by_role("button", name="Throw them away").click()
    assert kept(page) == 0

    short_answer(page).fill("Not so good either.")
    assert kept(page) == 1
    page.locator("#user-tools summary").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(lambda url: "/admin/conditions" not in url)
    assert kept(page) == 0
    sign_in(page)
    page.goto(running.address + address)
    assert page.locator(OFFER).locator("dd").all_inner_texts() == ["Not so good either."]


def test_words_left_several_times_stand_in_one_note_that_says_which(visit, draft, administrator, running):
    address = draft("growing-pains")
    page = visit(address, staff=administrator)
    for words in ("First words.", "Second words.", "Third words."):
        short_answer(page).fill(words)
        page.goto(running.address + "/admin/")
        page.goto(running.address + address)
        editor(page).wait_for()
    offer = page.locator(OFFER)
    offer.get_by_text("First words.").wait_for()

    assert offer.count() == 1
    assert offer.locator("dt").all_inner_texts() == ["First on the page: The short answer"] * 3
    assert offer.locator("dd").all_inner_texts() == ["Third words.", "Second words.", "First words."]
    offer.get_by_role("button", name="Continue with them").click()
    assert short_answer(page).input_value() == "Third words."
    assert offer.locator("pre").all_inner_texts() == ["Second words.", "First words."]


@pytest.mark.parametrize("verb", ["Preview", *(["Comment", "Share a preview", "Compare"] if "FULL" in os.environ else [])])
def test_verb_saves_unsaved_words_and_leads_on(visit, draft, administrator, running, verb):
    address = draft("bone-infection")
    page = visit(address, staff=administrator)
    write(page, f"Unsaved before {verb}.")

    page.locator(".bar summary").click()
    page.get_by_role("link", name=verb, exact=True).click()
    page.wait_for_url(lambda url: "/change/" not in url)
    page.goto(running.address + address)

    assert editor(page).inner_text() == f"Unsaved before {verb}."
    assert kept(page) == 0
    assert page.locator(OFFER).count() == 0


def test_words_about_families_are_never_kept(visit, administrator):
    page = visit("/admin/appointments/request/", staff=administrator)

    assert page.locator("#keep").count() == 0
    assert kept(page) == 0
