"""Staff sign-in: by password and second factor, once by link on this machine, and by nobody else."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.urls import reverse

from foundation.audit.models import Record
from tests import factories

LOGIN = reverse("account_login")
PASSWORD = "a long enough password"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _shared_counts(settings, tmp_path):
    """As in service: one cache for every worker."""
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": tmp_path / "cache"}}


def link():
    out = StringIO()
    call_command("one_time_sign_in", address="http://127.0.0.1:8000/", stdout=out)
    return re.search(r"http://127\.0\.0\.1:8000(/\S+)", out.getvalue())[1]


def signed_in(client):
    return client.get(reverse("admin:index")).status_code == 200


# --- password ---------------------------------------------------------------------------------------------------------


def test_staff_sign_in_and_land_in_the_admin(client, db):
    factories.staff("sam")

    response = client.post(LOGIN, {"login": "sam", "password": PASSWORD})

    assert response.url == "/admin/"
    assert Record.objects.values_list("actor", "verb").get() == ("sam", "signed in")


def test_sign_in_leads_back_to_where_one_was_going(client, db):
    factories.staff("sam")
    sent = client.get("/admin/news/newsitem/", follow=True)

    response = client.post(LOGIN, {"login": "sam", "password": PASSWORD, "next": "/admin/news/newsitem/"})

    assert sent.redirect_chain[-1] == ("/accounts/login/?next=%2Fadmin%2Fnews%2Fnewsitem%2F", 302)
    assert response.url == "/admin/news/newsitem/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_sign_in_leads_to_no_other_host(client, db, target):
    factories.staff("sam")

    assert client.post(LOGIN, {"login": "sam", "password": PASSWORD, "next": target}).url == "/admin/"


def test_fields_let_password_managers_help(client, db):
    page = client.get(LOGIN)

    assert 'autocomplete="username"' in page.text
    assert 'autocomplete="current-password"' in page.text
    assert "onpaste" not in page.text


def test_signed_in_people_who_are_no_staff_get_a_plain_refusal(client, db):
    client.force_login(User.objects.create_user("visitor", password=PASSWORD))

    response = client.get(reverse("admin:index"), follow=True)

    assert response.status_code == 403


def test_staff_who_return_to_the_admins_own_login_go_on(client, db):
    client.force_login(factories.staff("sam"))

    assert client.get("/admin/login/").url == "/admin/"


def test_guessing_is_limited_for_one_account(client, db):
    factories.staff("sam")
    for guess in range(5):
        client.post(LOGIN, {"login": "sam", "password": f"guess {guess}"})

    response = client.post(LOGIN, {"login": "sam", "password": PASSWORD})

    assert not signed_in(client)
    assert "Too many failed login attempts" in response.text


def test_inactive_staff_stay_out(client, db):
    factories.staff("sam", is_active=False)

    client.post(LOGIN, {"login": "sam", "password": PASSWORD})

    assert not signed_in(client)


@pytest.mark.parametrize(
    "address",
    [
        "signup/",
        "email/",
        "password/reset/",
        "password/change/",
        "password/set/",
        "confirm-email/",
        "social/signup/",
        "3rdparty/",
    ],
)
def test_addresses_that_do_not_belong_are_gone(client, db, address):
    client.force_login(factories.staff("sam"))

    assert client.get(f"/accounts/{address}").status_code == 404


def test_signing_out_asks_first(client, db):
    client.force_login(factories.staff("sam"))

    asked = client.get(reverse("account_logout"))
    still = signed_in(client)
    client.post(reverse("account_logout"))

    assert (asked.status_code, still, signed_in(client)) == (200, True, False)


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_list_webauthn", "mfa_activate_totp", "account_reauthenticate", "account_logout"]
)
def test_account_pages_carry_nothing_inline(client, db, name):
    factories.staff("sam")
    client.post(LOGIN, {"login": "sam", "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    page = client.get(reverse(name))

    assert page.status_code == 200
    assert "style=" not in page.text
    assert not re.search(r"<script(?![^>]*(\bsrc=|application/json))", page.text)
    assert 'src="data:' not in page.text
    assert "nonce-" not in page.headers["Content-Security-Policy"]


# --- the link ---------------------------------------------------------------------------------------------------------


def test_link_signs_in_once_and_getting_it_changes_nothing(client, db):
    address = link()

    looked = client.get(address)
    before = (User.objects.get().last_login, signed_in(client))
    entered = client.post(address)
    after = signed_in(client)
    client.logout()
    again = client.post(address)

    assert (looked.status_code, before) == (200, (None, False))
    assert (entered.url, after) == ("/admin/", True)
    assert (again.status_code, signed_in(client)) == (404, False)


def test_link_makes_one_administrator_without_a_password(db):
    link()
    link()

    user = User.objects.get()
    assert (user.username, user.is_superuser, user.has_usable_password()) == ("admin", True, False)


def test_link_dies_after_a_day(client, db):
    with time_machine.travel(NOON, tick=False):
        address = link()

    with time_machine.travel(NOON + timedelta(hours=23, minutes=59), tick=False):
        young = client.get(address).status_code
    with time_machine.travel(NOON + timedelta(hours=24, seconds=1), tick=False):
        old = client.get(address).status_code

    assert (young, old) == (200, 404)


@pytest.mark.parametrize(
    "change",
    [lambda a: a[:-2] + "x/", lambda a: a.replace("/one-time/", "/one-time/x"), lambda a: "/accounts/one-time/MQ/x-y/"],
)
def test_altered_link_is_worth_nothing(client, db, change):
    address = change(link())

    response = client.post(address)

    assert response.status_code == 404
    assert "python manage.py one_time_sign_in" in response.text
    assert not signed_in(client)


def test_link_of_a_site_that_others_can_reach_is_worth_nothing(client, db, settings):
    address = link()
    settings.LOCAL = False

    assert client.post(address).status_code == 404
    with pytest.raises(CommandError):
        link()


def test_link_of_somebody_who_is_no_longer_staff_is_worth_nothing(client, db):
    address = link()
    User.objects.update(is_staff=False)

    assert client.post(address).status_code == 404


# --- accounts in the admin --------------------------------------------------------------------------------------------


def test_changes_of_accounts_are_recorded(admin_client):
    sam = factories.staff("sam")

    admin_client.post(reverse("admin:auth_user_delete", args=[sam.pk]), {"post": "yes"})

    assert Record.objects.values_list("actor", "verb", "label").get() == ("admin", "deleted", "sam")


def test_second_factors_are_listed_without_their_secrets(admin_client, admin_user):
    from allauth.mfa.models import Authenticator

    row = Authenticator.objects.create(user=admin_user, type="totp", data={"secret": "HIDDEN-SECRET"})

    pages = [reverse("admin:mfa_authenticator_changelist"), reverse("admin:mfa_authenticator_change", args=[row.pk])]
    answers = [admin_client.get(page) for page in pages]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert not any("HIDDEN-SECRET" in answer.text for answer in answers)
