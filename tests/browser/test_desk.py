"""A coordinator works requests from the queue to the visit that took place, and every press is counted. `FULL=1`: ten of them."""

import os

import pytest

from tests.browser.conftest import signed_in
from tests.browser.test_pages import overflow, turn, violations

COUNT = 10 if "FULL" in os.environ else 2
SHOTS = os.environ.get("SHOTS")  # a folder for pictures to look at
MADE = """
from appointments.actions import receive
from django.contrib.auth.models import Group, User
from directory.models import Department
row = Department.objects.get(slug="pediatric-rheumatology")
desk = User.objects.create_user("desk", first_name="Dana", is_staff=True)
desk.groups.add(Group.objects.get(name="coordinator"))
desk.coordinated_departments.add(row)
for number in range({count}):
    fields = dict(department=row, asker="parent", visit="new", mode="in-person", asker_name="Pat Sample", phone="")
    fields |= dict(email=f"desk-{{number}}@example.org", child_name=f"Desk Child{{number}}", child_born="2018-04-03")
    print("LINK", receive(draft_key=f"{{number}}desk" * 12, fields=fields).link)
"""
AFTER_THE_VISITS = """
from datetime import datetime, time, timedelta
from django.utils import timezone
from appointments.models import OfferedTime
noon = timezone.make_aware(datetime.combine(timezone.localdate() - timedelta(days=1), time(12)))
times = OfferedTime.objects.filter(status="confirmed", request__email_index__gt="", request__taken_by__username="desk")
print("MOVED", times.update(starts_at=noon, ends_at=noon + timedelta(minutes=50)))
"""
CAME = """
from appointments.models import Request
print("CAME", Request.objects.filter(taken_by__username="desk", closing_reason="came").count())
"""


class Desk:
    """Counts what is pressed and typed."""

    def __init__(self, page):
        self.page, self.presses, self.typed = page, 0, 0

    def press(self, role, name):
        with self.page.expect_navigation():
            self.page.get_by_role(role, name=name).first.click()
        self.presses += 1

    def tick(self, locator):
        locator.check()
        self.presses += 1

    def shoot(self, name):
        if SHOTS:
            self.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture(scope="module")
def links(running):
    printed = running.manage("shell", "-v", "0", "-c", MADE.format(count=COUNT))
    return [line.removeprefix("LINK ") for line in printed.splitlines() if line.startswith("LINK ")]


@pytest.fixture(scope="module")
def dana(chromium, running, links):
    return signed_in(chromium, running, "desk")


def choose_a_time(visit, link, *, shot=""):
    """The family, on its phone."""
    page = visit(f"/appointments/r/{link}/", width=390)
    for label, value in (("Month", "April"), ("Day", "3"), ("Year", "2018")):
        page.get_by_label(label).fill(value)
    page.locator("main form button").first.click()
    page.get_by_role("link", name="Choose this time").first.click()
    if shot:
        page.screenshot(path=shot, full_page=True)
    page.get_by_role("button", name="Yes, take this time").click()


def test_first_request_of_the_queue_stands_on_the_first_screen_of_a_phone(visit, dana):
    page = visit("/admin/appointments/request/", staff=dana, width=390, height=844)

    first = page.locator("#result_list .tick input.action-select").first.bounding_box()

    assert first["y"] <= 400
    assert overflow(page) <= 0


def test_requests_are_worked_from_the_queue_to_the_visit_that_took_place(visit, running, dana, links):
    desk = Desk(visit("/admin/appointments/request/", staff=dana))
    desk.shoot("queue")
    for number, link in enumerate(links):
        before = desk.presses
        desk.page.goto(running.address + "/admin/appointments/request/")
        desk.press("button", "Take the next one")
        if number == 0:
            desk.shoot("case")
        if number % 2:
            desk.page.locator(".grid input").first.wait_for()
            for box in range(3):
                desk.tick(desk.page.locator(".grid input").nth(box * 3))
            desk.press("button", "Offer")
        else:
            desk.press("button", "Offer these 3")
        assert "Offered: 3 times." in desk.page.locator(".messagelist").inner_text()
        assert desk.presses - before <= 5
        choose_a_time(visit, link, shot=f"{SHOTS}/family.png" if SHOTS and number == 0 else "")
    assert f"MOVED {COUNT}" in running.manage("shell", "-v", "0", "-c", AFTER_THE_VISITS)

    desk.page.goto(running.address + "/admin/visits/")
    desk.shoot("visits-today")
    desk.page.locator(".days a").nth(1).wait_for()
    desk.page.goto(running.address + "/admin/visits/?day=" + yesterday(running))
    desk.shoot("visits")
    assert violations(desk.page) == []
    turn(desk.page, width=390)
    assert overflow(desk.page) <= 0
    desk.shoot("visits-390")
    desk.press("button", "All who are ticked came")

    assert f"{COUNT} came." in desk.page.locator(".messagelist").inner_text()
    assert desk.page.get_by_role("button", name="Undo").count() == COUNT
    desk.shoot("visits-after")
    assert f"CAME {COUNT}" in running.manage("shell", "-v", "0", "-c", CAME)
    print(f"{COUNT} requests: {desk.presses} presses, {desk.typed} typed entries of staff")


def yesterday(running):
    code = "from django.utils import timezone; from datetime import timedelta; print('DAY', timezone.localdate() - timedelta(days=1))"
    return running.manage("shell", "-v", "0", "-c", code).rpartition("DAY ")[2].strip()
