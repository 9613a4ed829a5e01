"""The private page of a request in a real browser: every state accessible and within the screen, every act without script."""

import json
import os

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import overflow, violations

MADE = """
import json
import os
from datetime import timedelta
from django.contrib.auth.models import User
from django.core import signing
from django.utils import timezone
from appointments import actions
from appointments.actions.booking import Slot
from directory.models import Clinician, Department, Location
from appointments.models import OfferedTime
from appointments.views import private_access

department = Department.objects.filter(locations__isnull=False).first()
by = User.objects.filter(username="by-of-mine").first() or User.objects.create_superuser("by-of-mine")
clinician = Clinician.objects.create(slug=f"of-mine-{OfferedTime.objects.count()}", name="Ana Example, MD")  # no test else holds times
location = department.locations.first()
links, opened = {}, {}
soon = timezone.now().replace(hour=15, minute=0, second=0, microsecond=0) + timedelta(days=7)

def ask(name, **fields):
    number = OfferedTime.objects.count() + len(links)
    values = {"asker": "parent", "visit": "new", "mode": "virtual", "state": "IL", "asker_name": "Pat Sample", "phone": f"212 555 {2000 + number}",
        "email": f"pat{number}@example.org", "child_name": "Kim Maximiliana Sample-Longfellow", "child_born": "2018-04-03"}
    row = actions.receive(draft_key=f"browser {name}", fields={**values, "department": department, **fields})
    links[name] = row.link
    cookie = private_access._cookie(row)
    opened[name] = {"name": cookie, "value": signing.get_cookie_signer(salt=cookie + private_access._salt(row)).sign(str(row.pk))}
    return row

def slot(days, **fields):
    at = soon + timedelta(days=days + 7 * len(links), hours=OfferedTime.objects.count())
    return Slot(**{"clinician": clinician, "starts_at": at, "ends_at": at + timedelta(minutes=45), "zone": "America/New_York",
        "location": location, **fields})

ask("received")
actions.record_attempt(request=ask("tried"), by=by, channel="call", outcome="no-answer")
row = ask("asked")
actions.take(request=row, by=by)
actions.ask_question(request=row, by=by, words="Which hospital took the pictures?\\nAnd when?")
actions.offer(request=ask("offered"), by=by, slots=[slot(0), slot(1), slot(2, location=None, video_link="https://video.example.org/room/1")])
row = ask("expired")
actions.offer(request=row, by=by, slots=[slot(0)])
row.times.update(expires_at=timezone.now() - timedelta(hours=1))
actions.confirm_by_phone(request=ask("confirmed"), by=by, slot=slot(0))
actions.confirm_by_phone(request=ask("video"), by=by, slot=slot(0, location=None, video_link="https://video.example.org/room/2"))
actions.close(request=ask("closed"), by=by, reason="elsewhere", words="Another clinic is closer to you.\\nWe wrote to them.")
actions.withdraw(request=ask("withdrawn"))
actions.merge(request=ask("merged"), by=by, into=ask("kept"))
for script in (True, False):
    row = ask(f"chosen {script}")
    actions.offer(request=row, by=by, slots=[slot(0), slot(1)])
print("MADE" + json.dumps([links, opened]))
"""
STATES = ["received", "tried", "asked", "offered", "expired", "confirmed", "video", "closed", "withdrawn", "merged"]
PAGES = [*STATES, "offered other/", "offered withdraw/", "offered contact/", "offered words/"]
CHILD = "Kim Maximiliana Sample-Longfellow"


@pytest.fixture(scope="session")
def made(running):
    """One request in each state: the path of its page, and the cookie that opens it."""
    printed = running.manage("shell", "-v0", "-c", MADE)
    links, cookies = json.loads(printed.partition("MADE")[2])
    return {name: (f"/appointments/r/{link}/", cookies[name]) for name, link in links.items()}


@pytest.fixture
def opened(read, made):
    """Opens a page of a request whose date of birth was given."""

    def go(name, **options):
        state, _space, below = name.partition(" ")
        path, cookie = made[state]
        return read(path + below, cookie=cookie, **options)

    return go


def unlock(page, year="2018"):
    for label, typed in (("Month", "4"), ("Day", "3"), ("Year", year)):
        page.get_by_label(label).fill(typed)
    page.get_by_role("button", name="Open").click()


def fits_from_right_to_left(page):
    page.set_viewport_size({"width": 320, "height": 800})
    page.evaluate("document.documentElement.dir = 'rtl'")
    return overflow(page) <= 0


@pytest.mark.parametrize("state", STATES if "FULL" in os.environ else ["received", "asked", "merged"])
def test_page_without_the_date_of_birth_is_accessible_and_fits(read, made, state):
    page = read(made[state][0], width=360)

    assert CHILD not in page.content()
    assert (violations(page), overflow(page)) == ([], 0)
    assert fits_from_right_to_left(page)


@pytest.mark.parametrize("name", PAGES)
def test_page_with_the_date_of_birth_is_accessible_and_fits(opened, name):
    page = opened(name, width=360)

    assert (violations(page, dark=name in {"offered", "offered words/"} or "FULL" in os.environ), overflow(page)) == ([], 0)
    assert fits_from_right_to_left(page)


@pytest.mark.parametrize("address", ["/appointments/r/unknown/", "/appointments/find/"])
def test_pages_on_the_way_there_are_accessible_and_fit(read, address):
    page = read(address, width=360)

    assert (violations(page), overflow(page)) == ([], 0)
    assert fits_from_right_to_left(page)


def test_empty_form_says_what_is_missing_and_takes_the_focus_there(opened):
    page = opened("received words/")

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).to_contain_text("Enter what you want to tell us")
    assert page.title().startswith("Error: Your request")
    assert page.evaluate("document.activeElement.className") == "errors"
    assert violations(page) == []
    page.get_by_role("link", name="Enter what you want to tell us").click()
    assert page.evaluate("document.activeElement.name") == "words"


@pytest.mark.parametrize("script", [True, False])
def test_family_opens_its_page_chooses_a_time_and_withdraws(visit, made, script):
    page = visit(made[f"chosen {script}"][0], java_script_enabled=script)

    unlock(page, year="2017")
    expect(page.get_by_role("alert")).to_contain_text("Enter the date of birth that you gave us when you asked")
    unlock(page)
    page.get_by_role("link", name="Choose this time").nth(1).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this the time you want?")
    chosen = page.locator("dd").first.inner_text()
    page.get_by_role("button", name="Yes, take this time").click()

    expect(page.get_by_role("status")).to_have_text("The time is yours.")
    assert page.locator("dd").first.inner_text() == chosen
    with page.expect_download() as download:
        page.get_by_role("link", name="Put it into your calendar").click()
    assert download.value.suggested_filename == "appointment.ics"
    page.get_by_role("link", name="Withdraw the request").click()
    page.get_by_role("button", name="Withdraw the request").click()
    expect(page.get_by_role("status")).to_have_text("Your request is withdrawn.")


def test_secret_of_the_address_is_told_to_nobody(opened):
    page = opened("video")
    asked = []
    page.on("request", lambda request: asked.append(request.headers.get("referer", "")))

    page.get_by_role("link", name="Write to us").click()
    page.get_by_role("textbox").fill("Words")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("status")).to_contain_text("We have your words")
    assert len(asked) > 2
    assert [address for address in asked if "/appointments/" in address] == []
