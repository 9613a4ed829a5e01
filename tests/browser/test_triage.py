"""The coordinator's side in a real browser: accessible, within the screen, and a whole case from taking it to confirming."""

import os

import pytest

from tests.browser.conftest import signed_in
from tests.browser.test_pages import overflow, turn, violations

ASKED = """
import json
from appointments.actions import add_words, offer, receive
from appointments.actions.booking import Slot
from datetime import timedelta
from django.contrib.auth.models import Group, User
from django.utils import timezone
from directory.models import Department
department = Department.objects.get(slug="pediatric-rheumatology")
cora = User.objects.create_user("cora-of-triage", password="a long enough password", is_staff=True)
cora.groups.add(Group.objects.get(name="coordinator"))
cora.coordinated_departments.add(department)
def ask(key, child):
    wishes = {"days": ["1-am"], "earliest": "", "avoid": "", "preferred": ["December 8"]}
    fields = dict(department=department, asker="parent", visit="new", mode="in-person", asker_name="Pat Sample", phone="212 555 0199")
    fields |= dict(email="pat@example.org", child_name=child, child_born="2018-04-03", wishes=json.dumps(wishes))
    return receive(draft_key=key * 64, fields=fields)
first, second = ask("a", "Kim Sample"), ask("b", "Lee Sample")
add_words(request=second, words="We moved.")
starts_at = timezone.now() + timedelta(days=230)  # later than the times of the engines
place = department.locations.get(slug="main-campus")
slot = Slot(department.clinicians.first(), starts_at, starts_at + timedelta(hours=1), place.time_zone, place, place.rooms.first())
lead = User.objects.create_superuser("lead-of-triage", password="a long enough password")
offer(request=second, by=lead, slots=[slot])
print("PK", first.pk, second.pk)
"""
PAGES = ["", "take", "assign", "attempt", "hours", "offer", "confirm", "ask", "note", "hand-over", "merge", "close", "undo"]


@pytest.fixture(scope="session")
def cases(running):
    """Numbers of two requests: one just received; one with words to read and a time on offer."""
    printed = running.manage("shell", "-v", "0", "-c", ASKED)
    return [int(word) for word in printed.rpartition("PK ")[2].split()]


@pytest.fixture(scope="session")
def cora(chromium, running, cases):
    """A signed-in coordinator's cookies."""
    return signed_in(chromium, running, "cora-of-triage")


@pytest.mark.parametrize("address", ["/admin/", "/admin/visits/", "/admin/appointments/request/", "/admin/outbox/message/"])
def test_lists_are_accessible_and_fit(read, cora, address):
    page = read(address, staff=cora)

    assert (violations(page), overflow(page)) == ([], 0)
    turn(page, width=390)
    assert overflow(page) == 0
    turn(page, width=320, text="200%")
    assert overflow(page) == 0
    if "FULL" in os.environ:
        assert violations(page, dark=False) == []


@pytest.mark.parametrize("name", PAGES)
def test_case_and_its_verbs_are_accessible_and_fit(read, cora, cases, name):
    page = read(f"/admin/appointments/request/{cases[1]}/{name or 'change'}/", staff=cora)

    assert (violations(page, dark=name in {"", "offer"} or "FULL" in os.environ), overflow(page)) == ([], 0)
    turn(page, width=390)
    assert overflow(page) == 0
    turn(page, width=320, text="200%")
    assert overflow(page) == 0
    if name == "" or "FULL" in os.environ:
        assert violations(page, dark=False) == []


@pytest.mark.parametrize(
    "name", ["offer", "merge", "close", *(["attempt", "confirm", "ask", "hand-over"] if "FULL" in os.environ else [])]
)
def test_verb_with_mistakes_is_accessible(read, cora, cases, name):
    page = read(f"/admin/appointments/request/{cases[1]}/{name}/", staff=cora, width=390)
    page.evaluate("document.querySelector('#content form select, #content form textarea').value = ''")
    with page.expect_navigation():
        page.locator("#content form [type=submit]").click()

    assert page.title().startswith("Error:")
    assert violations(page, dark=name == "offer") == []
    assert overflow(page) <= 0


def test_coordinator_works_a_case_without_script(visit, cora, cases):
    page = visit("/admin/", staff=cora, java_script_enabled=False)
    page.goto(page.url + f"appointments/request/{cases[0]}/change/")

    page.get_by_role("button", name="Take it").click()
    page.get_by_label("Luis Ejemplo").check()
    page.get_by_role("button", name="Show these").click()
    page.get_by_text("Another time, or another video link").click()
    page.get_by_label("Day:").fill("2027-06-08")
    page.get_by_label("From:").fill("10:00")
    page.get_by_role("button", name="Later").click()
    page.locator(".grid input").first.check()
    page.get_by_role("button", name="Offer the ticked times").click()
    assert page.locator(".messagelist").inner_text().startswith("Offered: 2 times.")
    page.get_by_role("link", name="Confirm by phone").click()
    page.get_by_role("button", name="Confirm by phone").click()

    assert page.locator(".messagelist").inner_text().startswith("Confirmed: ")
    assert "Eastern time (New York), Luis Ejemplo, MD" in page.locator(".messagelist").inner_text()
    assert page.locator(".state b").inner_text() == "Confirmed"
