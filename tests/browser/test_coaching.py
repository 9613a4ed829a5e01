"""The writing coach follows what is typed, asks nothing by itself, and is there without JavaScript."""

import os

import pytest

from tests.browser.test_pages import overflow, violations

# Of a condition that no other test writes about, perhaps in the same site.
DRAFT = """
from conditions import actions
from conditions.models import Condition
print("PK", actions.start_draft(condition=Condition.objects.get(slug="juvenile-dermatomyositis"), language="en", by="test").pk)
"""


@pytest.fixture(scope="session")
def address(running):
    """The edit page of a draft."""
    pk = running.manage("shell", "-v", "0", "-c", DRAFT).rpartition("PK ")[2].strip()
    return f"/admin/conditions/edition/{pk}/change/"


def test_coach_follows_what_is_typed_and_asks_only_then(visit, administrator, address):
    asked = []
    page = visit(address, staff=administrator)
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/coach/") else None)
    panel = page.locator("#coach")
    page.locator("#sections-0 > summary").click()
    page.locator("#sections-0 .ProseMirror[role=textbox]").fill("We utilize rest. One. Two. Three.")

    panel.get_by_text("Say “use” if that is what you mean.").wait_for()
    panel.locator("#coach-sections-0 > summary").click()
    page.locator("#top > summary").click()
    page.get_by_label("The short answer").fill("Call us. One. Two. Three.")
    panel.get_by_text("Call us. One. Two. Three.").first.wait_for()
    page.wait_for_timeout(2000)

    assert len(asked) == 2
    assert panel.locator("details[open]").count() == 1
    assert page.locator(".rail .marks").count() >= 1
    assert panel.locator("#coach-sections-0 .coach-why").inner_text() == "Long paragraph, 4 sentences:"


def test_coach_says_when_it_cannot_be_reached(visit, administrator, address):
    page = visit(address, staff=administrator)
    page.locator("#coach table").wait_for(state="attached")
    page.route("**/coach/", lambda route: route.fulfill(status=503))

    page.locator("#top > summary").click()
    page.get_by_label("The short answer").fill("Call us.")

    page.get_by_text("The coach cannot be reached.").wait_for()
    assert page.locator("#coach table").count() == 1


def test_coach_is_there_without_javascript(visit, administrator, address):
    page = visit(address, staff=administrator, java_script_enabled=False)
    assert page.get_by_label("The short answer").is_visible()

    page.get_by_role("link", name="Show the notes on what is saved").click()

    assert page.locator("#coach table tbody tr").count() > 3


@pytest.mark.parametrize("width", [360, 1280] if "FULL" in os.environ else [360])
def test_edit_page_with_coach_is_accessible(visit, administrator, address, width):
    page = visit(address, staff=administrator, width=width)
    page.locator("#coach table").wait_for(state="attached")
    page.evaluate("document.querySelectorAll('#edition_form details').forEach((fold) => { fold.open = true; })")
    page.locator(".tiptap").nth(7).wait_for()

    assert page.get_by_role("textbox", name="Text").count() >= 8
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")  # where the bar covers nothing
    assert violations(page) == []
    assert overflow(page) <= 0
