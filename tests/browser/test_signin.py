"""Signing in, in a real browser: every page of it accessible and within the screen; with a passkey; until it ends."""

import os

import pytest

from tests.browser.conftest import signed_in
from tests.browser.test_pages import overflow, turn, violations

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
    "roles": "/admin/auth/group/",
    "factors": "/admin/mfa/authenticator/",
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
def test_page_of_signing_in_is_accessible_and_fits(visit, sam, kind):
    page = visit(PAGES[kind], staff=sam)

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

    page.goto("/admin/news/newsitem/")
    enter(page, "kim")
    assert "One more step before the admin opens" in page.locator("h1").text_content()
    faults += violations(page)
    page.get_by_role("link", name="Set up a passkey").click()
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
