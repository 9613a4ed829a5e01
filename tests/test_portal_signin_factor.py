"""The second factor: nobody enters the admin without it, and what changes it leaves no other browser inside."""

import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django import test
from django.contrib.auth.models import User
from django.urls import get_resolver, reverse
from django.utils.http import urlsafe_base64_encode

from foundation.audit.models import Record
from portal.staff.invitations import address_of, renew
from portal.staff.sign_in import one_time_token
from tests import factories
from tests.clients import Client
from tests.one_time_codes import code
from tests.test_appointments_access import routes

LOGIN, CODE = reverse("account_login"), reverse("mfa_authenticate")
PASSWORD = "a long enough password"
SECRET = "JBSWY3DPEHPK3PXP"
WHY = "/accounts/second-factor/?next="
NOON = 1_795_867_200  # 28 November 2026, UTC
METHODS = ("get", "head", "post", "put", "delete")


def enter(client, name="sam"):
    return client.post(LOGIN, {"login": name, "password": PASSWORD})


def verbs():
    return list(Record.objects.order_by("sequence").values_list("actor", "verb"))


@pytest.fixture
def ada(db):
    return factories.administrator()


@pytest.fixture
def guarded(db):
    """Sam, who has an authenticator app and recovery codes."""
    user = factories.staff("sam")
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return user


# --- without one ------------------------------------------------------------------------------------------------------


def test_a_password_alone_opens_no_address_of_the_admin_by_any_method(client, ada):
    enter(client, "ada")
    admin = [re.sub(r"<[^>]+>|\^.*", "1", route) for route in routes(get_resolver()) if route.startswith("admin/")]
    closed = {f"/{route}" for route in admin} - {"/admin/login/", "/admin/logout/"}
    assert len(closed) > 120

    answers = {(page, method): getattr(client, method)(page) for page in closed for method in METHODS}

    assert {
        at: answer.status_code for at, answer in answers.items() if not answer.headers.get("Location", "").startswith(WHY)
    } == {}
    assert client.get("/accounts/sessions/").url.startswith(WHY)


def come_by_link(client, user):
    """Signed in without a second factor, and allowed to set one up."""
    link = address_of(renew(account=user, by="test"))
    return client.post(link, {"new_password1": PASSWORD, "new_password2": PASSWORD, "passkey": "1"})


def test_a_password_alone_sets_up_no_second_factor(client, ada):
    enter(client, "ada")

    page = client.get("/admin/", follow=True)

    assert "Ask an administrator for a link" in page.text
    assert [client.get(reverse(name)).url[: len(WHY)] for name in ("mfa_activate_totp", "mfa_add_webauthn")] == [WHY, WHY]
    assert client.post(reverse("mfa_activate_totp"), {"code": "123456"}).url.startswith(WHY)


def test_the_page_says_why_and_leads_to_a_second_factor(client, ada):
    come_by_link(client, ada)

    page = client.get("/admin/", follow=True)

    assert "One more step before the admin opens" in page.text
    assert reverse("mfa_add_webauthn") in page.text
    assert [client.get(reverse(name)).status_code for name in ("mfa_activate_totp", "mfa_add_webauthn")] == [200, 200]


def test_sign_out_stays_open_without_a_second_factor(client, ada):
    enter(client, "ada")

    client.post("/admin/logout/")

    assert client.get("/admin/stay/").url.startswith(LOGIN)


def set_up_app(client):
    secret = re.search(r"<code>([A-Z2-7]+)</code>", client.get(reverse("mfa_activate_totp")).text)[1]
    return client.post(reverse("mfa_activate_totp"), {"code": code(secret)})


def test_setting_up_an_app_opens_the_admin_and_shows_recovery_codes(own, client):
    come_by_link(client, factories.administrator())

    answer = client.get(set_up_app(client).url)

    assert answer.request["PATH_INFO"] == reverse("mfa_view_recovery_codes")
    assert len(re.findall(r"<li><code>\d{4,}</code></li>", answer.text)) == 10
    assert "Keep these codes where only you can find them" in answer.text
    assert client.get("/admin/stay/").status_code == 200
    assert ("ada", "set up a second factor") in verbs()


def test_a_session_opened_before_the_factor_was_set_up_elsewhere_is_over(own, client):
    ada, other = factories.administrator(), test.Client()
    come_by_link(client, ada)
    enter(other, "ada")

    set_up_app(client)

    assert other.get("/admin/stay/").url.startswith(LOGIN)
    assert client.get("/admin/stay/").status_code == 200


@pytest.mark.parametrize(("before", "opens"), [(30, True), (90, False)])
def test_code_that_changed_while_it_was_typed_counts_and_an_older_one_does_not(guarded, before, opens):
    plain = test.Client()

    with time_machine.travel(NOON, tick=False):
        plain.force_login(guarded)
        answer = plain.post(reverse("mfa_reauthenticate"), {"code": code(SECRET, NOON - before), "next": "/admin/"})

    assert (answer.status_code == 302) is opens


def test_a_session_without_its_own_proof_does_not_count_though_the_account_has_a_factor(guarded):
    plain = test.Client()
    plain.force_login(guarded)

    answer = plain.get("/admin/", follow=True)

    assert answer.redirect_chain[0][0].startswith(WHY)
    assert "this sign-in was made without it" in answer.text
    assert plain.post(reverse("mfa_reauthenticate"), {"code": code(SECRET), "next": "/admin/"}).url == "/admin/"
    assert plain.get("/admin/stay/").status_code == 200


# --- with one ---------------------------------------------------------------------------------------------------------


def test_password_and_code_open_the_admin(client, guarded):
    first = enter(client)
    halfway = client.get("/admin/stay/")

    second = client.post(CODE, {"code": code(SECRET)})

    assert (first.url, halfway.url) == (CODE, f"{LOGIN}?next=%2Fadmin%2Fstay%2F")
    assert second.url == "/admin/"
    assert client.get("/admin/stay/").status_code == 200


def in_full_width(digits):
    return digits.translate({code: code - 0x30 + 0xFF10 for code in range(0x30, 0x3A)})


@pytest.mark.parametrize("write", [lambda c: f"{c[:3]} {c[3:]}", lambda c: f"\u202a{c[:3]}\u00a0{c[3:]}\u202c", in_full_width])
def test_code_counts_however_it_was_typed_and_once(client, guarded, write):
    enter(client)
    typed = code(SECRET)
    first = client.post(CODE, {"code": write(typed)})

    again = Client()
    enter(again)
    second = again.post(CODE, {"code": typed})

    assert (first.status_code, second.status_code) == (302, 200)


def test_first_code_of_an_app_counts_in_two_groups(client, ada):
    come_by_link(client, ada)
    secret = re.search(r"<code>([A-Z2-7]+)</code>", client.get(reverse("mfa_activate_totp")).text)[1]
    typed = code(secret)

    client.post(reverse("mfa_activate_totp"), {"code": f"{typed[:3]} {typed[3:]}"})

    assert Authenticator.objects.filter(user=ada, type="totp").exists()


def test_a_code_is_good_for_one_sign_in(client, guarded, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z", tick=False)
    enter(client)
    client.post(CODE, {"code": code(SECRET)})
    client.logout()
    enter(client)

    again = client.post(CODE, {"code": code(SECRET)})

    assert "Incorrect code." in again.text
    assert client.get("/admin/stay/").status_code == 302


def test_a_recovery_code_opens_the_admin_once_and_stays_on_record(client, guarded):
    spare = Authenticator.objects.get(user=guarded, type="recovery_codes").wrap().get_unused_codes()[0]
    enter(client)
    client.post(CODE, {"code": spare})
    opened = client.get("/admin/stay/").status_code
    client.logout()
    enter(client)

    client.post(CODE, {"code": spare})

    assert opened == 200
    assert client.get("/admin/stay/").status_code == 302
    assert verbs() == [("sam", "used a recovery code"), ("sam", "signed in")]
    assert Record.objects.get(verb="used a recovery code").detail == {"left": 9}


def test_guessing_codes_is_limited_for_one_account(client, guarded, time_machine, caplog):
    time_machine.move_to("2026-11-22T12:00:00Z", tick=False)
    enter(client)
    for guess in range(5):
        client.post(CODE, {"code": f"{guess:06}"}, REMOTE_ADDR=f"10.0.0.{guess}")

    answer = client.post(CODE, {"code": code(SECRET)})

    assert "Too many failed login attempts" in answer.text
    assert client.get("/admin/stay/").status_code == 302
    assert caplog.messages.count(f"a code was refused for account {guarded.pk}") == 6


# --- sessions ---------------------------------------------------------------------------------------------------------


def both(user):
    """Two browsers in which `user` is signed in as people sign in."""
    browsers = Client(), Client()
    for browser in browsers:
        browser.force_login(user)
        session = browser.session
        session["seen_at"] = time.time() - 61
        session.save()
        assert browser.get("/admin/stay/").status_code == 200
    return browsers


def test_sign_out_everywhere_else_leaves_this_browser_alone_inside(guarded):
    here, there = both(guarded)

    listed = here.get(reverse("usersessions_list"))
    here.post(reverse("usersessions_list"))

    assert (listed.text.count("This browser"), listed.text.count("Another browser")) == (1, 1)
    assert (here.get("/admin/stay/").status_code, there.get("/admin/stay/").status_code) == (200, 302)
    assert ("sam", "signed out elsewhere") in verbs()


def test_ending_other_sessions_asks_for_a_fresh_proof(guarded, time_machine):
    here, there = both(guarded)
    time_machine.move_to(time.time() + 6 * 60)

    asked = here.post(reverse("usersessions_list"))

    assert (asked.status_code, asked.url.partition("?")[0]) == (302, reverse("account_reauthenticate"))
    assert there.get("/admin/stay/").status_code == 200


def test_passkey_that_does_not_fit_is_in_the_log(client, guarded, caplog):
    client.post(reverse("mfa_login_webauthn"), {"credential": "{}"})
    enter(client)
    client.post(CODE, {"credential": "{}"})

    refused = [f"a passkey was refused for account {number}" for number in ("unknown", guarded.pk)]
    assert [line for line in caplog.messages if "passkey" in line] == refused


def test_a_new_password_ends_other_sessions_and_keeps_this_one_listed(guarded):
    here, there = both(guarded)
    new = "another long password"

    here.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert (here.get("/admin/stay/").status_code, there.get("/admin/stay/").status_code) == (200, 302)
    assert here.get(reverse("usersessions_list")).text.count("This browser") == 1
    assert ("sam", "changed the password") in verbs()


def test_taking_away_ones_only_factor_closes_the_admin_here_and_ends_other_sessions(guarded):
    here, there = both(guarded)

    here.post(reverse("mfa_deactivate_totp"))

    assert here.get("/admin/stay/").url.startswith(WHY)
    assert there.get("/admin/stay/").url.startswith(LOGIN)
    assert not Authenticator.objects.exists()
    assert set_up_app(here).status_code == 302  # of a new phone


def test_an_administrator_who_takes_away_a_lost_factor_ends_the_sessions_of_its_owner(admin_client, guarded):
    here, _there = both(guarded)
    lost = Authenticator.objects.get(user=guarded, type="totp")

    admin_client.post(reverse("admin:auth_user_renew", args=[guarded.pk]), {"factors": [lost.pk], "reason": "lost"})

    assert here.get("/admin/stay/").url.startswith(LOGIN)
    assert not Authenticator.objects.filter(user=guarded).exists()
    assert {("admin", "took away second factors of"), ("admin", "signed out elsewhere"), ("admin", "sent")} <= set(verbs())
    assert User.objects.get(username="sam").has_usable_password()


def test_code_that_is_sent_twice_leaves_the_browser_signed_in(guarded):
    """A browser sends the second press with the cookies of the first, and keeps what either answer sets."""
    browser = Client()
    enter(browser)
    second = Client()
    second.cookies.load(browser.cookies.output(header=""))

    first = browser.post(CODE, {"code": code(SECRET)})
    again = second.post(CODE, {"code": code(SECRET)})
    browser.cookies.update(again.cookies)

    assert (first["Location"], again.status_code) == ("/admin/", 302)
    assert "sessionid" not in again.cookies
    assert browser.get(again["Location"])["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


def test_one_time_link_pressed_twice_leads_inside_twice_and_is_worn_out_elsewhere(ada):
    uid = urlsafe_base64_encode(str(ada.pk).encode())
    link = reverse("one_time_sign_in", args=[uid, one_time_token.make_token(ada)])
    browser = Client()

    pressed = [browser.post(link), browser.post(link)]

    assert [answer["Location"] for answer in pressed] == ["/admin/", "/admin/"]
    assert Client().post(link).status_code == 404
