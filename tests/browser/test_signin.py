"""Signing in, in a real browser: every page of it accessible and within the screen; with a passkey; until it ends."""

import os
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import signed_in
from tests.browser.test_pages import overflow, turn, violations
from tests.one_time_codes import code

PASSWORD = "a long enough password"
MADE = f"""
from django.contrib.auth.models import User
for name in ("sam", "kim"):
    if not User.objects.filter(username=name).exists():  # the site is the worker's, and may have met this file before
        User.objects.create_superuser(name, password="{PASSWORD}")
"""
PAGES = {
    "security": "/accounts/2fa/",
    "app": "/accounts/2fa/totp/activate/",
    "passkey": "/accounts/2fa/webauthn/add/",
    "passkeys": "/accounts/2fa/webauthn/",
    "sessions": "/accounts/sessions/",
    "once more": "/accounts/reauthenticate/?next=/admin/auth/group/",
    "sign-out": "/accounts/logout/",
    "own password": "/admin/password_change/",
    "people": "/admin/auth/user/",
    "inviting": "/admin/auth/user/add/",
    "invitations": "/admin/staff/invitation/",
    "link that was": "/accounts/invitation/gone/",
    "roles": "/admin/auth/group/",
}
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="session")
def people(running):
    running.manage("shell", "-v", "0", "-c", MADE)


@pytest.fixture(scope="session")
def sam(chromium, running, people):
    return signed_in(chromium, running, "sam")


@pytest.mark.parametrize("kind", PAGES)
def test_page_of_signing_in_is_accessible_and_fits(read, sam, kind):
    page = read(PAGES[kind], staff=sam)

    assert page.url.endswith(PAGES[kind])
    assert (violations(page), overflow(page)) == ([], 0)
    turn(page, width=360)
    assert overflow(page) == 0
    if kind in {"security", "people"} or "FULL" in os.environ:
        assert violations(page, dark=False) == []


def enter(page, name, password=PASSWORD):
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_passkey_opens_the_admin_while_somebody_guesses_the_password(chromium, running, people):
    context = chromium.new_context(base_url=running.address.replace("127.0.0.1", "localhost"))  # passkeys need a name
    page = context.new_page()
    keys = context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    faults = []
    page.on("console", lambda message: faults.append(message.text) if "policy" in message.text.casefold() else None)

    page.goto(urlsplit(running.manage("sign_in_link", "kim").strip()).path)
    page.get_by_label("Password:", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="set up a passkey").click()
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/recovery-codes/")
    faults += violations(page)
    assert page.locator(".codes code").count() == 10
    page.get_by_role("link", name="go to the admin").click()
    page.wait_for_url("**/admin/")
    page.locator("#user-tools summary").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/admin/logout/")
    page.goto("/accounts/login/")
    for guess in range(6):
        enter(page, "kim", f"guess {guess}")
    page.get_by_text("Too many failed login attempts").wait_for()
    faults += violations(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/admin/")
    context.close()

    assert faults == []


class Pressed:
    """Presses, and counts how often."""

    def __init__(self, page):
        self.page, self.times = page, 0

    def __call__(self, name, role="button"):
        self.page.get_by_role(role, name=name, exact=True).click()
        self.times += 1


def test_new_colleague_works_after_two_presses_and_the_inviter_needs_few(chromium, running, people, sam):
    here = {"base_url": running.address, "viewport": {"width": 390, "height": 900}}
    inviter, colleague = (chromium.new_context(**here, storage_state=state).new_page() for state in (sam, None))
    faults = []
    for page in (inviter, colleague):
        page.on("console", lambda message: faults.append(message.text) if "policy" in message.text.casefold() else None)
    invite, come = Pressed(inviter), Pressed(colleague)

    inviter.goto("/admin/auth/user/")
    invite("Invite a colleague", role="link")
    inviter.get_by_label("Name:").fill("Dana Sample")
    inviter.get_by_label("Email address:").fill("dana@example.org")
    inviter.get_by_label("editor:").check()
    invite("Invite")
    invite("Show the link to hand it over")  # this site has no mail
    faults += violations(inviter)
    colleague.goto(urlsplit(inviter.locator("#link").input_value()).path)
    come.times += 1  # the link in the mail
    faults += [*violations(colleague), *([] if overflow(colleague) == 0 else ["overflow"])]
    colleague.get_by_label("Password:", exact=True).fill(PASSWORD)
    colleague.get_by_label("The same password again").fill(PASSWORD)
    colleague.get_by_label("Code that the app shows").fill(code(colleague.locator("code").text_content()))
    come("Save and start")
    colleague.wait_for_url("**/admin/")
    faults += violations(colleague)

    assert (come.times, invite.times, faults) == (2, 3, [])
    assert colleague.get_by_text("You are in.").count() == 1


@pytest.mark.parametrize("of", ["change", "leave", "renew"])
def test_page_of_a_person_is_accessible_and_fits(read, running, sam, of):
    page = read("/admin/auth/user/?q=kim", staff=sam)
    address = page.get_by_role("link", name="kim", exact=True).get_attribute("href")
    page.goto(running.address + address.replace("change/", f"{of}/"))

    assert (violations(page), overflow(page)) == ([], 0)
    turn(page, width=360)
    assert overflow(page) == 0


def test_the_end_of_a_session_is_announced_two_minutes_before_and_can_be_put_off(visit, sam):
    page = visit("/admin/auth/group/", staff=sam, before=lambda page: page.clock.install())
    soon = page.get_by_role("status").filter(has_text="In two minutes")

    page.clock.run_for(11 * 60 * 1000)
    early = soon.count()
    page.clock.run_for(130 * 1000)
    soon.wait_for()
    found = violations(page)
    page.get_by_role("button", name="Stay signed in").click()
    soon.wait_for(state="detached")
    page.clock.run_for(16 * 60 * 1000)

    assert (early, found) == (0, [])
    assert "You are signed out now" in page.get_by_role("status").text_content()
