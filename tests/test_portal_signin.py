"""Staff sign-in: by password and second factor, once by link on this machine, and by nobody else."""

import os
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse

from foundation.audit.models import Record
from foundation.privacy.models import Attempts
from portal.staff.sign_in import SIGN_IN
from tests import factories
from tests.clients import Client

LOGIN = reverse("account_login")
PASSWORD = "a long enough password"
GUESSES, BEFORE = (10_000, 1) if os.environ.get("FULL") else (60, 480)  # how many, and how many are taken as made
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def links(**options):
    out = StringIO()
    call_command("one_time_sign_in", address="http://127.0.0.1:8000/", stdout=out, **options)
    return re.findall(r"http://127\.0\.0\.1:8000(/\S+)", out.getvalue())


def link():
    """Of the user “admin”, who is made."""
    return links()[0]


def signed_in(client):
    return client.get(reverse("mfa_index")).status_code == 200


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


def test_guessing_is_limited_for_one_account(client, db, caplog):
    sam = factories.staff("sam")
    with time_machine.travel(NOON, tick=False):
        for guess in range(5):
            client.post(LOGIN, {"login": "sam", "password": f"guess {guess}"}, headers={"Host": f"localhost:{guess + 1}"})

        response = client.post(LOGIN, {"login": "sam", "password": PASSWORD})

    assert not signed_in(client)
    assert "Too many failed login attempts" in response.text
    assert caplog.messages.count(f"a wrong password for account {sam.pk}") == 5
    assert "too many passwords were tried" in caplog.messages
    assert "guess" not in caplog.text


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("sunshineButterfly", ["password_too_common"]),
        ("childrens hospital 2026", ["own_words"]),
        ("Bone-Joint-Center-42", ["own_words"]),
        ("portal.example.org!", ["own_words"]),
        ("correct horse hospital", []),
        (PASSWORD, []),
    ],
)
def test_words_of_the_site_make_no_password(settings, password, faults):
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    try:
        validate_password(password)
        found = []
    except ValidationError as error:
        found = [each.code for each in error.error_list]

    assert found == faults


def test_what_was_done_waits_in_a_cookie_bound_to_the_host(admin_client, settings):
    settings.MESSAGE_STORAGE, settings.SESSION_COOKIE_SECURE = "portal.staff.messages.HostMessages", True
    group = Group.objects.create(name="Helpers")

    sent = admin_client.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "Readers"}, secure=True)
    cookie = sent.cookies["__Host-messages"]
    shown = admin_client.get("/admin/", secure=True)

    assert (cookie["secure"], cookie["path"], cookie["domain"], cookie["httponly"]) == (True, "/", "", True)
    assert "Readers" in shown.text


@pytest.fixture
def checked():
    """The names for which a password was checked and found wrong, as Django itself reports it."""
    names = []

    def note(credentials, **kwargs):
        names.append(credentials["username"])

    user_login_failed.connect(note)
    yield names
    user_login_failed.disconnect(note)


def guess_from(host, *, times=1, name="sam"):
    for number in range(times):
        Client().post(LOGIN, {"login": name, "password": f"guess {number}"}, REMOTE_ADDR=host)


def test_guesses_from_ever_other_addresses_check_five_hundred_passwords_of_one_account_a_day(client, db, checked):
    factories.staff("sam")
    with time_machine.travel(NOON, tick=False):
        guess_from("192.0.2.9")
        assert Attempts.objects.filter(what=f"{SIGN_IN}, all", count=1).update(count=BEFORE) == 1
        for guess in range(GUESSES):
            address = f"10.{guess >> 16}.{guess >> 8 & 255}.{guess & 255}"
            guess_from(address, name=("sam", "SAM", " Sam")[guess % 3])

    assert len(checked) == 1 + 500 - BEFORE


def test_one_address_checks_ten_passwords_of_one_account_in_five_minutes(client, db, checked):
    factories.staff("sam")
    turn = NOON - timedelta(seconds=1)  # one window of the count ends here, and the next begins
    for moment in (turn, turn + timedelta(seconds=2)):
        with time_machine.travel(moment, tick=False):
            guess_from("10.0.0.9", times=20)

    assert len(checked) == 10


def test_one_address_checks_fifty_passwords_of_one_account_a_day_and_leaves_the_rest_to_others(client, db, checked):
    factories.staff("sam")
    for window in range(14):
        with time_machine.travel(NOON + window * timedelta(minutes=5), tick=False):
            guess_from("10.0.0.9", times=6)
    guess_from("10.0.0.8")

    assert len(checked) == 51


@pytest.mark.parametrize("strangers", [["10.0.0.9"], ["10.0.0.9", "2001:db8::1"], [f"10.0.1.{host}" for host in range(12)]])
def test_wrong_passwords_of_strangers_lock_nobody_out(client, db, strangers):
    factories.staff("sam")
    with time_machine.travel(NOON, tick=False):
        for stranger in strangers:
            guess_from(stranger, times=6)

        response = client.post(LOGIN, {"login": "sam", "password": PASSWORD}, REMOTE_ADDR="192.0.2.1")

    assert response.url == "/admin/"


def browser_of(name, host="192.0.2.1"):
    """A browser in which somebody was signed in before, and is not any more."""
    browser = Client(REMOTE_ADDR=host)
    browser.post(LOGIN, {"login": name, "password": PASSWORD})
    browser.post(reverse("account_logout"))
    return browser


@pytest.mark.parametrize("used_up", ["by a neighbour", "by a botnet", "of the whole address"])
def test_browser_that_one_signed_in_with_before_is_locked_out_by_nobody(db, used_up):
    factories.staff("sam")
    with time_machine.travel(NOON, tick=False):
        own = browser_of("sam")
        guess_from("192.0.2.1", times=7)
        what, most = {"by a botnet": (f"{SIGN_IN}, all", 500), "of the whole address": (f"{SIGN_IN} from", 300)}.get(
            used_up, ("", 0)
        )
        Attempts.objects.filter(what=what).update(count=most)

        strange = Client().post(LOGIN, {"login": "sam", "password": PASSWORD}, REMOTE_ADDR="192.0.2.1")
        response = own.post(LOGIN, {"login": "sam", "password": PASSWORD})

    assert strange.status_code == 200
    assert response.url == "/admin/"


def test_browser_that_was_signed_in_before_guesses_no_more_than_any_network(db, checked):
    factories.staff("sam")
    with time_machine.travel(NOON, tick=False):
        stolen = browser_of("sam")
        for guess in range(20):
            stolen.post(LOGIN, {"login": "sam", "password": f"guess {guess}"}, REMOTE_ADDR=f"10.0.0.{guess}")

    assert len(checked) == 5


@pytest.mark.parametrize("forged", ["of another account", "made up", "old"])
def test_number_of_a_browser_counts_for_its_own_account_as_we_signed_it_for_two_months(db, checked, forged):
    factories.staff("sam")
    factories.staff("kim")
    with time_machine.travel(NOON, tick=False):
        own, other = browser_of("sam"), browser_of("kim")
        [name] = [name for name in own.cookies if name.startswith("device-")]
        [others] = [name for name in other.cookies if name.startswith("device-")]
        if forged == "of another account":
            own.cookies[name] = other.cookies[others].value
        elif forged == "made up":
            own.cookies[name] = own.cookies[name].value[:-1] + "_"
    with time_machine.travel(NOON + timedelta(days=61 if forged == "old" else 0), tick=False):
        guess_from("192.0.2.1", times=5)
        response = own.post(LOGIN, {"login": "sam", "password": PASSWORD})

    assert response.status_code == 200
    assert own.cookies[name]["path"] == "/accounts/"
    assert (own.cookies[name]["httponly"], own.cookies[name]["samesite"]) == (True, "Lax")


def test_a_right_password_leaves_only_wrong_ones_counted(client, db):
    factories.staff("sam")
    with time_machine.travel(NOON, tick=False):
        for _morning in range(4):
            guess_from("192.0.2.1", times=4)

            assert Client().post(LOGIN, {"login": "sam", "password": PASSWORD}, REMOTE_ADDR="192.0.2.1").url == "/admin/"


def test_one_address_may_try_hundreds_of_passwords_in_five_minutes_whatever_the_account(client, db, checked):
    with time_machine.travel(NOON, tick=False):
        client.post(LOGIN, {"login": "first", "password": "guess"})
        assert Attempts.objects.filter(what=f"{SIGN_IN} from", count=1).update(count=290) == 1
        for guess in range(20):
            client.post(LOGIN, {"login": f"name {guess}", "password": "guess"})
        client.post(LOGIN, {"login": "other", "password": "guess"}, REMOTE_ADDR="10.0.0.9")

    assert checked == ["first", *(f"name {guess}" for guess in range(10)), "other"]


def test_guesses_of_strangers_do_not_use_up_the_attempts_of_who_is_signed_in(client, db):
    user = factories.staff("sam")
    client.force_login(user)
    with time_machine.travel(NOON, tick=False):
        for guess in range(10):
            Client().post(LOGIN, {"login": "sam", "password": f"guess {guess}"})

        response = client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": "/admin/news/newsitem/"})

    assert response.url == "/admin/news/newsitem/"


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
    sam = factories.staff("sam")
    client.force_login(sam)
    Authenticator.objects.filter(user=sam).delete()  # who has an app is shown how to take it away
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
    admin = User.objects.get(username="admin")

    looked = client.get(address)
    before = (admin.last_login, signed_in(client))
    entered = client.post(address)
    after = client.get("/admin/stay/").status_code
    client.logout()
    again = client.post(address)

    assert (looked.status_code, before) == (200, (None, False))
    assert (entered.url, after) == ("/admin/", 200)
    assert (again.status_code, signed_in(client)) == (404, False)


def test_links_make_one_person_of_each_role_without_a_password(db):
    factories.clinician("ana-example")
    factories.department("pediatric-rheumatology")
    links()
    links()

    people = User.objects.order_by("pk")
    assert [(p.username, p.is_superuser, *p.groups.values_list("name", flat=True)) for p in people] == [
        ("admin", True),
        ("edie", False, "editor"),
        ("ana", False, "clinical reviewer"),
        ("cory", False, "coordinator"),
        ("lena", False, "coordinator lead"),
        ("priya", False, "privacy officer"),
        ("adam", False, "administrator"),
    ]
    assert not any(p.has_usable_password() for p in people)
    assert people.get(username="ana").clinician.slug == "ana-example"
    assert people.get(username="cory").coordinated_departments.get().slug == "pediatric-rheumatology"


def test_link_for_one_staff_member_is_the_only_one_printed(client, db):
    factories.staff("cora")

    [address] = links(user="cora")
    client.post(address)

    assert client.get("/admin/stay/").status_code == 200
    assert User.objects.count() == 1
    with pytest.raises(CommandError):
        links(user="nobody")


def test_link_stands_for_the_second_factor_on_a_site_of_this_machine_alone(client, db, settings):
    client.post(link())
    settings.LOCAL = False

    assert client.get("/admin/stay/").url == "/accounts/second-factor/?next=%2Fadmin%2Fstay%2F"


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
    assert not signed_in(client)
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


def test_page_of_a_person_names_second_factors_without_their_secrets(admin_client):
    sam = factories.staff("sam")
    Authenticator.objects.create(user=sam, type="totp", data={"secret": "HIDDEN-SECRET"})

    answer = admin_client.get(reverse("admin:auth_user_change", args=[sam.pk]))

    assert answer.status_code == 200
    assert "HIDDEN-SECRET" not in answer.text
