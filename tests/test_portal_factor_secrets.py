"""The secrets of second factors: sealed, bound to the account, and under the new key after `rotate_keys`."""

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError
from django.db import connection

from tests import factories
from tests.clients import Client
from tests.one_time_codes import code
from tests.test_portal_signin_factor import CODE, SECRET, enter
from tests.test_privacy_rotate import NEW, OLD, rotate

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam(settings):
    settings.FIELD_KEYS = OLD
    user = factories.staff("sam")
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return user


def in_database(user, kind):
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator WHERE user_id = %s AND type = %s", [user.pk, kind])
        found = cursor.fetchone()[0]
    return json.loads(found) if isinstance(found, str) else found


def put(user, kind, **data):
    """Past Django, as somebody with the database's password would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mfa_authenticator SET data = %s WHERE user_id = %s AND type = %s", [json.dumps(data), user.pk, kind]
        )


def codes(user):
    return Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()


def opens_with(name, given):
    browser = Client()
    enter(browser, name)
    return browser.post(CODE, {"code": given}).status_code == 302


@pytest.mark.databases
def test_secrets_are_stored_sealed_and_open_for_their_owner(sam):
    stored = [in_database(sam, "totp")["secret"], in_database(sam, "recovery_codes")["seed"]]

    assert [text.partition(".")[0] for text in stored] == ["old", "old"]
    assert SECRET not in str(stored)
    assert opens_with("sam", code(SECRET))
    assert opens_with("sam", codes(sam)[0])
    assert len(codes(sam)) == 9
    assert in_database(sam, "recovery_codes")["seed"] == stored[1]


@pytest.mark.parametrize("planted", ["of another account", "in clear", "altered"])
def test_secret_that_was_put_there_behind_the_site_opens_nothing(sam, planted):
    eve = factories.staff("eve")
    TOTP.activate(eve, "KRSXG5DSNFXGOIDB")
    texts = {"of another account": in_database(eve, "totp")["secret"], "in clear": "KRSXG5DSNFXGOIDB", "altered": "old.AAAA"}
    put(sam, "totp", secret=texts[planted])

    browser = Client()
    enter(browser, "sam")
    answer = browser.post(CODE, {"code": code("KRSXG5DSNFXGOIDB")})

    assert "Something stored cannot be read any more (mfa_authenticator.data)." in answer.text
    assert browser.get("/admin/stay/").status_code == 302


@pytest.mark.databases
def test_secrets_come_under_the_new_key_and_go_on_working(sam, settings):
    before = codes(sam)
    settings.FIELD_KEYS = f"{NEW},{OLD}"

    said = rotate()

    settings.FIELD_KEYS = NEW
    assert said[0] == "2 rows sealed anew under new; 2 columns read again."
    assert said[1:] == ["These keys can be removed from FIELD_KEYS: old."]
    assert (codes(sam), opens_with("sam", code(SECRET))) == (before, True)


def test_secret_that_does_not_open_keeps_every_key(sam, settings):
    put(sam, "totp", secret="old.AAAA")
    settings.FIELD_KEYS = f"{NEW},{OLD}"

    with pytest.raises(CommandError) as refused:
        rotate()

    row = Authenticator.objects.get(user=sam, type="totp")
    assert str(refused.value) == f"1 columns do not open. Keep every key. mfa_authenticator {row.pk} data.secret"
